// The peers of host: programs that a user could use instead, where they are installed, and small programs in peers/ that
// the benchmark builds.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const sources = fileURLToPath(new URL('peers', import.meta.url));
const host = fileURLToPath(new URL('../bin/host.js', import.meta.url));
const plugins = fileURLToPath(new URL('../build/plugins', import.meta.url));

const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const built = (name) => existsSync(join(plugins, `lib${name}.so`));

/** Builds the small peers into a folder. Returns the command of each peer for a job, and why others are left out. */
export function findPeers(folder) {
  const build = join(folder, 'peers');
  mkdirSync(build, { recursive: true });
  const missing = [];
  const can = (name, works, why) => {
    if (!works) missing.push(`${name}: ${why}`);
    return works;
  };
  const compile = (name, ...libraries) =>
    runs('cc', '-O2', '-march=native', '-o', join(build, name), join(sources, `${name}.c`), ...libraries);
  const go = (what, ...args) =>
    spawnSync('go', ['build', ...args, '-o', join(build, what), '.'], {
      cwd: join(sources, 'go', what === 'go-plugin.so' ? 'plugin' : ''),
      stdio: 'ignore',
    }).status === 0;

  const peers = [ours('host -j1', 1), ours('host -j2', 2)];
  for (const [title, flag] of [
    ['isolated', '--isolate'],
    ['sandboxed', '--sandbox'],
  ]) {
    peers.push(ours(`${title} -j1`, 1, flag), ours(`${title} -j2`, 2, flag));
  }
  if (can('patterns', built('patterns'), 'Hyperscan was not there when the plugins were built')) {
    peers.push(withPatterns('patterns -j1', 1), withPatterns('patterns -j2', 2));
  }
  if (can('ripgrep', runs('rg', '--version'), 'it is not installed')) peers.push(ripgrep);
  if (can('GNU grep', runs('grep', '--version'), 'it is not installed')) peers.push(grep);
  if (can('Go host', go('go-plugin.so', '-buildmode=plugin') && go('go-host'), 'go is not installed')) {
    peers.push(goHost('Go -j1', build, 1), goHost('Go -j2', build, 2));
  }
  peers.push(node);
  if (can('Hyperscan', compile('hyperscan', '-lhs'), 'its library is not installed')) peers.push(hyperscan(build));
  if (can('read limit', compile('read-limit'), 'there is no C compiler')) peers.push(readCeiling(build));
  return { peers, missing };
}

// Each function returns the command of a peer for a job, or nothing if the peer cannot do the job.

const ours = (name, workers, boundary) => ({
  name,
  command: ({ file, filter, count }) => {
    // A job without a plugin has nothing to isolate.
    if (!filter || (boundary && filter.length === 0)) return undefined;
    const given = [...filter, ...(count ? ['-c'] : []), ...(boundary ? [boundary] : [])];
    return [process.execPath, host, 'run', file, ...given, '-j', String(workers)];
  },
});

const withPatterns = (name, workers) => ({
  name,
  command: ({ file, pattern, literals }) => {
    const given = literals
      ? ['-p', `patternsFile=${literals}`, '-p', 'literal=true']
      : ['-p', `patterns=${JSON.stringify([pattern])}`, '-p', 'unicode=false'];
    const { execPath } = process;
    return (
      (pattern || literals) && [execPath, host, 'run', file, '--filter', 'patterns', ...given, '-j', String(workers)]
    );
  },
});

const ripgrep = {
  name: 'ripgrep',
  command: ({ file, literal, pattern, literals, count }) => {
    const what = literals ? ['-F', '-f', literals] : literal ? ['-F', literal] : [pattern ?? '^'];
    return ['rg', '-a', '-N', '--no-config', ...(count ? ['-c'] : []), ...what, file];
  },
};

const grep = {
  name: 'GNU grep',
  command: ({ file, literal, pattern, literals, count }) => {
    const extended = (pattern ?? '^').replaceAll('\\d', '[0-9]');
    const what = literals ? ['-F', '-f', literals] : literal ? ['-F', literal] : ['-E', extended];
    return ['grep', '-a', ...(count ? ['-c'] : []), ...what, file];
  },
};

const goHost = (name, build, workers) => ({
  name,
  // Go's regexp takes minutes for a gibibyte, so it does only one of the jobs with a pattern.
  command: ({ name, file, literal, pattern, literals, count }) => {
    if (literals || (pattern && !literal && name !== 'status 5xx')) return undefined;
    const mode = count ? 'count' : literal ? 'literal' : 'regexp';
    const what = [mode, literal ?? pattern ?? '^', String(workers), file];
    return [join(build, 'go-host'), join(build, 'go-plugin.so'), ...what];
  },
});

const node = {
  name: 'Node',
  command: ({ file, literal, pattern, literals, count }) => {
    if (literals || (!literal && !pattern && !count)) return undefined;
    const mode = count ? 'count' : literal ? 'literal' : 'regexp';
    return [process.execPath, join(sources, 'node/search.mjs'), mode, literal ?? pattern ?? '', file];
  },
};

const hyperscan = (build) => ({
  name: 'Hyperscan',
  command: ({ file, literal, pattern, literals }) => {
    const what = literals ? ['-f', literals] : [literal ?? pattern];
    return what[0] && what[0] !== '^' && [join(build, 'hyperscan'), file, ...what];
  },
});

/** Prints nothing, so there is no output to compare. */
const readCeiling = (build) => ({
  name: 'read limit',
  silent: true,
  command: ({ file }) => [join(build, 'read-limit'), file],
});
