// The peers of host: programs that a user could use instead, where they are installed, and small programs in peers/ that
// the benchmark builds.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileC } from './measure/compile.mjs';
import { findRipgrep } from './peers/ripgrep.mjs';

const sources = fileURLToPath(new URL('peers', import.meta.url));
const host = fileURLToPath(new URL('../bin/host.js', import.meta.url));
const plugins = fileURLToPath(new URL('../build/plugins', import.meta.url));
const { execPath } = process;

/** Returns why a library is missing, or undefined. */
const notBuilt = (name, why) => (existsSync(join(plugins, `lib${name}.so`)) ? undefined : why);

/** The groups of peers, in the order of the tables, and how each is found: `{ peers }`, or `{ why }` if it is missing. */
const GROUPS = {
  host: () => ({ peers: [ours('host -j1', 1), ours('host -j2', 2)] }),
  isolated: () => ({ peers: [ours('isolated -j1', 1, '--isolate'), ours('isolated -j2', 2, '--isolate')] }),
  patterns: () => ({
    why: notBuilt('patterns', 'Hyperscan was not there when the plugins were built'),
    peers: [withPatterns('patterns -j1', 1), withPatterns('patterns -j2', 2)],
  }),
  ripgrep: ({ install }) => {
    const { why, program, version } = findRipgrep({ install });
    return { why, version, peers: [ripgrep('ripgrep', program), ripgrep('ripgrep --no-mmap', program, '--no-mmap')] };
  },
  'GNU grep': () => ({ why: runs('grep', '--version') ? undefined : 'it is not installed', peers: [grep] }),
  Go: ({ build }) => ({
    why: buildGo(build),
    peers: [goHost('Go -j1', build, 1), goHost('Go -j2', build, 2)],
  }),
  Node: () => ({ peers: [node] }),
  Hyperscan: ({ build }) => compiled('hyperscan', build, hyperscan, '-lhs'),
  'read limit': ({ build }) => compiled('read-limit', build, readLimit),
  'node -e 0': () => ({ peers: [bareNode] }),
};

/** Names that `--peers` takes. Those of host are always measured. */
export const PEER_NAMES = Object.keys(GROUPS).filter((name) => !['host', 'isolated', 'node -e 0'].includes(name));

/**
 * Finds the peers with these names, and those of host. Builds the small ones into a folder. Returns the command of each
 * peer for a job, why others are missing, and the version of ripgrep.
 */
export function findPeers(folder, { names = PEER_NAMES, install = true } = {}) {
  const build = join(folder, 'peers');
  mkdirSync(build, { recursive: true });
  const found = { peers: [], missing: [], ripgrep: undefined };
  for (const [name, find] of Object.entries(GROUPS)) {
    if (PEER_NAMES.includes(name) && !names.includes(name)) continue;
    const { why, peers, version } = find({ build, install });
    if (why) found.missing.push(`${name}: ${why}`);
    else found.peers.push(...peers);
    found.ripgrep ??= why ? undefined : version;
  }
  return found;
}

const runs = (program, ...args) => spawnSync(program, args, { stdio: 'ignore' }).status === 0;

function compiled(name, build, peerOf, ...libraries) {
  try {
    return { peers: [peerOf(compileC(join(sources, `${name}.c`), build, ...libraries))] };
  } catch (error) {
    return { why: error.message };
  }
}

/** Builds the host in Go and its plugin. Returns why that failed, or undefined. */
function buildGo(build) {
  if (!runs('go', 'version')) return 'go is not installed';
  const go = (what, ...args) =>
    spawnSync('go', ['build', ...args, '-o', join(build, what), '.'], {
      cwd: join(sources, 'go', what === 'go-plugin.so' ? 'plugin' : ''),
      stdio: ['ignore', 'ignore', 'inherit'],
    }).status === 0;
  return go('go-plugin.so', '-buildmode=plugin') && go('go-host') ? undefined : 'go could not build it';
}

// Each peer has a function that returns its command for a job, or nothing if the peer cannot do the job, or if its
// figure would say nothing new.

export const ours = (name, workers, boundary) => ({
  name,
  command: ({ file, filter, count, folder, reads, large }) => {
    // A job without a plugin has nothing to isolate.
    if (!filter || (boundary && (filter.length === 0 || (large && !reads)))) return undefined;
    const given = [...filter, ...(count ? ['-c'] : []), ...(folder ? ['-H'] : []), ...(boundary ? [boundary] : [])];
    return [execPath, host, 'run', file, ...given, '-j', String(workers)];
  },
});

const withPatterns = (name, workers) => ({
  name,
  command: ({ file, pattern, literals, large, folder }) => {
    if (large || folder || !(pattern || literals)) return undefined;
    const given = literals
      ? ['-p', `patternsFile=${literals}`, '-p', 'literal=true']
      : ['-p', `patterns=${JSON.stringify([pattern])}`, '-p', 'unicode=false'];
    return [execPath, host, 'run', file, '--filter', 'patterns', ...given, '-j', String(workers)];
  },
});

const ripgrep = (name, program, how) => ({
  name,
  command: ({ file, literal, pattern, literals, count, folder, reads }) => {
    if (how && !reads) return undefined;
    const what = literals ? ['-F', '-f', literals] : literal ? ['-F', literal] : [pattern ?? '^'];
    // Of a folder it must take every file, in the order of names, as host does.
    const walk = folder ? ['--sort', 'path', '-uu', '-H', '--no-heading'] : [];
    return [
      program,
      '--no-config',
      '-a',
      '-N',
      ...(how ? [how] : []),
      ...walk,
      ...(count ? ['-c'] : []),
      ...what,
      file,
    ];
  },
});

const grep = {
  name: 'GNU grep',
  slow: true,
  command: ({ file, literal, pattern, literals, count, large, folder }) => {
    if (large || folder) return undefined;
    const extended = (pattern ?? '^').replaceAll('\\d', '[0-9]');
    const what = literals ? ['-F', '-f', literals] : literal ? ['-F', literal] : ['-E', extended];
    return ['grep', '-a', ...(count ? ['-c'] : []), ...what, file];
  },
};

const goHost = (name, build, workers) => ({
  name,
  slow: true,
  // Go's regexp takes minutes for a gibibyte, so it does only one of the jobs with a pattern.
  command: ({ name, file, literal, pattern, literals, count, large, folder }) => {
    if (large || folder || literals || (pattern && !literal && name !== 'quoted 5xx')) return undefined;
    const mode = count ? 'count' : literal ? 'literal' : 'regexp';
    const what = [mode, literal ?? pattern ?? '^', String(workers), file];
    return [join(build, 'go-host'), join(build, 'go-plugin.so'), ...what];
  },
});

const node = {
  name: 'Node',
  slow: true,
  command: ({ file, literal, pattern, literals, count, large, folder }) => {
    if (large || folder || literals || (!literal && !pattern && !count)) return undefined;
    const mode = count ? 'count' : literal ? 'literal' : 'regexp';
    return [execPath, join(sources, 'node/search.mjs'), mode, literal ?? pattern ?? '', file];
  },
};

const hyperscan = (program) => ({
  name: 'Hyperscan',
  command: ({ file, literal, pattern, literals, large, folder }) => {
    if (large || folder) return undefined;
    const what = literals ? ['-f', literals] : [literal ?? pattern];
    return what[0] && what[0] !== '^' && [program, file, ...what];
  },
});

/** Prints nothing, so there is no output to compare. */
const readLimit = (program) => ({
  name: 'read limit',
  silent: true,
  command: ({ file, reads, folder }) => (reads && !folder ? [program, file] : undefined),
});

/** What Node itself costs. The goals subtract it from the processor time of a literal. */
const bareNode = {
  name: 'node -e 0',
  silent: true,
  command: ({ name }) => (name === 'literal' ? [execPath, '-e', '0'] : undefined),
};
