// ripgrep 15, the peer that the goals are set against. Older ones, such as Debian's 13, are slower, so they are no peer.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const LEAST = 15;
const { XDG_CACHE_HOME } = process.env;
/** Where the benchmark installs it, for all clones of the project. */
const CACHE = join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'plughost-bench', `ripgrep-${LEAST}`);

/** Returns the version that a program says it has, or undefined. */
export function versionOf(program) {
  const { stdout } = spawnSync(program, ['--version'], { encoding: 'utf8' });
  return /^ripgrep (\d+\.\d+\.\d+)/.exec(stdout ?? '')?.[1];
}

const isNew = (version) => Number(version?.split('.')[0]) >= LEAST;

/**
 * Returns `{ program, version }`, or `{ why }` if there is none. Looks on the PATH, then in the cache, which it fills by
 * cargo if `install` is given: that takes a minute or two, once.
 */
export function findRipgrep({ install = true, cache = CACHE } = {}) {
  const onPath = versionOf('rg');
  if (isNew(onPath)) return { program: 'rg', version: onPath };
  const found = onPath ? `${onPath} on the PATH is older than ${LEAST}` : 'it is not on the PATH';
  const program = join(cache, 'bin/rg');
  if (!existsSync(program)) {
    if (!install) return { why: `${found}; without --no-install, cargo installs ${LEAST}` };
    console.warn(`ripgrep: ${found}, so cargo installs ${LEAST} into ${cache}`);
    const args = ['install', 'ripgrep', '--version', `^${LEAST}`, '--locked', '--root', cache];
    const { error, status } = spawnSync('cargo', args, { stdio: ['ignore', 'inherit', 'inherit'] });
    if (error) return { why: `${found}, and cargo, which could install ${LEAST}, is missing` };
    if (status !== 0) return { why: `${found}, and cargo could not install ${LEAST}` };
  }
  const version = versionOf(program);
  return isNew(version) ? { program, version } : { why: `${found}, and the one that cargo installed is older too` };
}
