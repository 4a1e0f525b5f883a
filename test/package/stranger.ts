import { execFileSync, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { exec, type Outcome } from '../e2e/command.js';

/** Why nothing runs in an empty root here; empty when it does. */
export const noBubblewrap: string =
  spawnSync('bwrap', ['--ro-bind', '/', '/', 'true']).status === 0 ? '' : ' (skipped: bubblewrap is missing)';

const pathOf = (program: string) => realpathSync(execFileSync('which', [program], { encoding: 'utf8' }).trim());

/** Returns the libraries that a program loads, with the loader of programs. */
const librariesOf = (program: string) =>
  [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(?:=> |^\s+)(\/\S+)/gm)].map(
    ([, path = '']) => path,
  );

/**
 * Runs a shell script where only Node, npm and sh are installed: there is no compiler, no CMake, no cargo and no library
 * but those of Node. `folder` is the working folder and the home; nothing else can be written but /tmp.
 */
export function stranger(folder: string, script: string, env: Record<string, string> = {}): Promise<Outcome> {
  const [sh, npm] = [pathOf('sh'), dirname(dirname(pathOf('npm')))];
  const node = realpathSync(process.execPath);
  const libraries = new Set([...librariesOf(node), ...librariesOf(sh)]);
  const shown = [...libraries].flatMap((path) => ['--ro-bind', path, path]);
  const set = Object.entries(env).flatMap(([name, value]) => ['--setenv', name, value]);
  const root = [
    ['--ro-bind', node, '/usr/bin/node'],
    ['--ro-bind', sh, '/bin/sh'],
    ['--ro-bind', pathOf('env'), '/usr/bin/env'],
    ['--ro-bind', npm, '/usr/lib/npm'],
    ['--symlink', '../lib/npm/bin/npm-cli.js', '/usr/bin/npm'],
    ['--symlink', '../lib/npm/bin/npx-cli.js', '/usr/bin/npx'],
    ['--bind', folder, '/home/stranger'],
    ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', '/home/stranger', '--clearenv'],
    ['--setenv', 'PATH', '/usr/bin:/bin:/home/stranger/node_modules/.bin', '--setenv', 'HOME', '/home/stranger'],
  ].flat();
  return exec('bwrap', [...shown, ...root, ...set, '/bin/sh', '-euc', script], { cwd: dirname(join(folder, '.')) });
}
