import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { LIBRARY_SUFFIX, loadPlugin } from '../../src/index.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = makeScratch();

/** A copy of what a clone holds, in a folder with a space in its name. */
const clone = join(scratch, 'fresh clone');

const listed = spawnSync('git', ['-C', root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
});
const why = noCompiler ?? (listed.status === 0 ? '' : 'the project is no clone of git');

/** The place of a command, or undefined. */
const find = (command: string) =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find(existsSync);

/** A folder that holds these commands and nothing else, to be the whole PATH. */
function pathOf(name: string, commands: string[]): string {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const command of new Set(commands)) {
    const found = find(command);
    if (found) symlinkSync(realpathSync(found), join(folder, command));
  }
  return folder;
}

const tools = ['cmake', 'cc', 'ld', 'as', 'ar', 'ranlib', 'make'];

/** Runs CMake with a PATH, without what the environment of the tests tells it; gives all that it printed. */
function cmake(path: string, ...args: string[]): string {
  const { status, stdout, stderr } = spawnSync(join(path, 'cmake'), args, {
    cwd: clone,
    env: { PATH: path, HOME: scratch },
    encoding: 'utf8',
  });
  expect(status, `cmake ${args.join(' ')}\n${stdout}${stderr}`).toBe(0);
  expect(stderr).toBe('');
  return stdout;
}

/** What a configure says at its end. */
const summary = (printed: string) => [...printed.matchAll(/^-- (plughost .*)$/gm)].map(([, line]) => line);

const plugins = [
  'access',
  'contains',
  'count',
  'csv',
  'delimited',
  'distinct',
  'duckdb',
  'first',
  'greet-direct',
  'greet',
  'jsonl',
  'last',
  'line',
  'logfmt',
  'noop',
  'quantiles',
  'redact',
  'stats',
  'syslog',
  'table',
];
const files = (names: string[]) => names.map((name) => `lib${name}${LIBRARY_SUFFIX}`);
const without = (lines: (string | undefined)[]) => lines.filter((line) => !line?.includes('Hyperscan'));
/** The plugins in a folder, without the one that needs Hyperscan. */
const builtIn = (folder: string) =>
  readdirSync(join(clone, folder))
    .filter((name) => name !== `libpatterns${LIBRARY_SUFFIX}`)
    .sort();

describe.skipIf(why)(`a fresh clone${why ? ` (skipped: ${why})` : ''}`, () => {
  beforeAll(() => {
    for (const file of listed.stdout.split('\0').filter((file) => file && existsSync(join(root, file)))) {
      mkdirSync(dirname(join(clone, file)), { recursive: true });
      cpSync(join(root, file), join(clone, file));
    }
  });

  test('gives the plugins in C with CMake and a C compiler alone', { timeout: 300_000 }, () => {
    const path = pathOf('c', tools);
    const printed = cmake(path, '-S', 'plugins-c', '-B', 'build', '-DPLUGHOST_WERROR=ON');
    expect(without(summary(printed))).toEqual([
      expect.stringMatching(
        /^plughost builds: plugins in C \(greet, greet-direct, contains, jsonl, csv, count, access, stats, quantiles, distinct, first, last, logfmt, line, syslog, delimited, table, noop, redact, duckdb(, patterns)?\)$/,
      ),
      `plughost puts plugins into: ${join(clone, 'build/plugins')}`,
    ]);
    cmake(path, '--build', 'build');
    expect(builtIn('build/plugins')).toEqual(files(plugins));
    expect(loadPlugin(join(clone, 'build/plugins', `libgreet${LIBRARY_SUFFIX}`)).run()).toBe('Hello from plugin');
  });

  const kinds = [
    { compiler: 'clang', generator: 'Ninja', targets: [], built: plugins },
    { compiler: 'cc', generator: 'Ninja Multi-Config', targets: ['--target', 'greet'], built: ['greet'] },
  ].map((kind) => ({
    ...kind,
    missing: [kind.compiler, 'ninja'].every(find) ? '' : ' (skipped: clang or ninja is missing)',
  }));
  for (const { compiler, generator, targets, built, missing } of kinds)
    test.skipIf(missing)(`gives them by ${compiler} and ${generator}${missing}`, { timeout: 300_000 }, () => {
      const build = `build ${compiler} ${generator}`;
      const path = pathOf(build, [...tools, compiler, 'ninja']);
      cmake(path, '-S', 'plugins-c', '-B', build, '-G', generator, `-DCMAKE_C_COMPILER=${compiler}`);
      cmake(path, '--build', build, ...targets);
      expect(builtIn(`${build}/plugins`)).toEqual(files(built));
    });

  const hyperscan = ['/usr/include/hs/hs.h', '/usr/local/include/hs/hs.h'].find(existsSync);
  const noHyperscan = hyperscan ? '' : ' (skipped: Hyperscan is missing)';
  test.skipIf(noHyperscan)(`finds a library that is installed after the first configure${noHyperscan}`, () => {
    const [path, system] = [pathOf('later', tools), join(scratch, 'system')];
    // Libraries of the machine itself are out of sight.
    const only = ['INCLUDE', 'LIBRARY'].map((what) => `-DCMAKE_FIND_ROOT_PATH_MODE_${what}=ONLY`);
    const configure = () =>
      cmake(path, '-S', 'plugins-c', '-B', 'build-later', `-DCMAKE_FIND_ROOT_PATH=${system}`, ...only);
    const skips =
      'plughost skips: patterns: Hyperscan is missing; install it with: apt-get install libhyperscan-dev (elsewhere than on x86: libvectorscan-dev)';
    mkdirSync(join(system, 'usr/include'), { recursive: true });
    mkdirSync(join(system, 'usr/lib'));
    expect(summary(configure())).toContain(skips);

    symlinkSync(dirname(hyperscan ?? ''), join(system, 'usr/include/hs'));
    execFileSync('cc', ['-shared', '-o', join(system, 'usr/lib/libhs.so'), '-xc', '/dev/null']);
    expect(summary(configure())).not.toContain(skips);
    cmake(path, '--build', 'build-later', '--target', 'patterns');
    expect(readdirSync(join(clone, 'build-later/plugins'))).toEqual([`libpatterns${LIBRARY_SUFFIX}`]);
  });

  test('leaves out at the root what lacks a compiler, and builds the rest', () => {
    const path = pathOf('root-c', tools);
    const lines = without(summary(cmake(path, '-B', 'build-root')));
    expect(lines.slice(1)).toEqual([
      `plughost puts plugins into: ${join(clone, 'build-root/plugins')}`,
      'plughost skips: engine, runner and addon: a C++ compiler is missing; install it with: apt-get install g++',
      'plughost skips: plugins in Rust: cargo 1.85 or later is missing; install it from https://rustup.rs',
    ]);
    cmake(path, '--build', 'build-root', '--target', 'contains');
    expect(builtIn('build-root/plugins')).toEqual(files(['contains']));

    // A compiler that came later is found.
    for (const command of ['c++', 'node']) symlinkSync(realpathSync(find(command) ?? ''), join(path, command));
    const later = cmake(path, '-B', 'build-root');
    expect(summary(later).filter((line) => /addon|C\+\+/.test(line ?? ''))).toEqual([
      'plughost skips: addon: the headers of Node-API are missing; install them with: npm ci',
    ]);
    expect(summary(later)[0]).toMatch(/^plughost builds: engine, .*runner, plugins in C/);

    // As in the package of npm, which has no tests.
    rmSync(join(clone, 'test'), { recursive: true });
    expect(summary(cmake(path, '-B', 'build-root'))).toEqual(summary(later));
  });
});
