import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

// docs/go-parity.md states for each row whether Go's behaviour is kept or mended. Both hosts run the same scenarios.

const noGo = noCompiler ?? (spawnSync('go', ['version']).error ? 'there is no Go toolchain (go)' : undefined);
const scratch = makeScratch();

const rows = [
  ...readFileSync(join(import.meta.dirname, '../../docs/go-parity.md'), 'utf8').matchAll(
    /^\| (\d+) \| (.*?) \| (keep|mend) \|/gm,
  ),
].map(([, number, statement, verdict]) => ({ number: Number(number), statement: statement as string, verdict }));

/** The outcomes by row. */
type Transcript = Record<number, string[]>;

function transcriptOf(output: string): Transcript {
  const transcript: Transcript = {};
  for (const line of output.trimEnd().split('\n')) {
    const [, row, text] = /^(\d+): (.*)$/.exec(line) ?? [];
    transcript[Number(row)] = [...(transcript[Number(row)] ?? []), text ?? line];
  }
  return transcript;
}

/** Returns the message of both hosts for a missing library. */
const gone = (name: string) => `plugin.Open("${name}"): realpath failed`;

const EXPECTED: Transcript = {
  1: [gone('nowhere.so')],
  2: ['./name is the same: true, a symlink is the same: true'],
  3: [`gone: ${gone('WORK/one.so')}`, 'back: the same: true'],
  4: ['another file at the path gives the old: true'],
  5: ['a symlink that leads elsewhere gives another: true', `after chdir the same name: ${gone('one.so')}`],
  6: ['plugin.Open("WORK/undefined.so"): WORK/undefined.so: undefined symbol: nowhere_defined'],
  7: ['a text file fails: true, mended it opens: true'],
  8: ['a refused version says the same again: true'],
  9: ['a copy of what is open: plugin.Open("WORK/copy"): plugin already loaded'],
  10: ['a file without a suffix: opened'],
  11: ['a plain C library opens: true'],
  12: ['the initialiser ran 1 times after the first open, 1 after another'],
  13: ['four at once get the same: true, the initialiser ran 1 times'],
  14: ['after an initialiser that failed: an error at once'],
  15: ['it can be closed: true'],
  16: ['puts of libc is found: false'],
  17: ['plugin: symbol puts not found in plugin IDENTITY'],
  18: ['written 41, the plugin counts on to 42, and a view shows 42'],
  19: ['two lookups are equal: true'],
  20: ['a wrong type: an error'],
  21: ['a value, 3; a function that gives 4'],
  22: ['built with another minor version of what both share: opened'],
  24: ['symbols can be listed: true'],
  25: ['each plugin calls its own helper: true'],
  26: ['a NUL in the path: refused'],
  27: ['loaded [five.so six.so], failed [text.so]'],
  28: ['the first error is reachable: true'],
};

// Go has no plugins on Windows to compare with. test/inspect tests the files of other systems.
const ELSEWHERE = [23];
const played = rows.filter(({ number }) => !ELSEWHERE.includes(number));

describe.skipIf(noCompiler)(
  `plughost beside Go's plugin package${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    let ours: Transcript;
    beforeAll(() => {
      const work = makeLibraries(join(scratch, 'ours'));
      ours = transcriptOf(
        execFileSync(process.execPath, [join(import.meta.dirname, 'host.mjs'), work], { encoding: 'utf8' }),
      );
    }, 120_000);

    test('plays every row of the table', () => {
      expect([...Object.keys(ours).map(Number), ...ELSEWHERE].sort((a, b) => a - b)).toEqual(
        rows.map(({ number }) => number),
      );
    });

    test.each(played)('row $number: $statement', ({ number }) => {
      expect(ours[number]).toEqual(EXPECTED[number]);
    });

    test.skipIf(noGo)(
      `differs from it in the rows that are marked mend, and in no other${noGo ? ` (skipped: ${noGo})` : ''}`,
      { timeout: 600_000 },
      () => {
        const go = transcriptOf(goTranscript(join(scratch, 'go')));
        expect(Object.keys(go)).toEqual(Object.keys(ours));
        expect(
          played.filter(({ number }) => go[number]?.join() !== ours[number]?.join()).map(({ number }) => number),
        ).toEqual(played.filter(({ verdict }) => verdict === 'mend').map(({ number }) => number));
      },
    );
  },
);

/** Compiles the C libraries that host.mjs needs into a folder. */
function makeLibraries(work: string): string {
  mkdirSync(join(work, 'folder'), { recursive: true });
  const build = (name: string, source: string, flags: string[] = []) => {
    const made = compile(scratch, name.replaceAll('/', '-'), source, flags);
    cpSync(made, join(work, `${name}.so`));
  };
  const manifest = (name: string) => `{ "id": "org.example.${name}", "name": "${name}", "version": "1.0.0" }`;
  const symbols = `int Loaded, Counter = 7, Value = 3; int Next(void) { return ++Counter; } int Factory(void) { return 4; }
    __attribute__((constructor)) static void start(void) { Loaded++; }`;
  const stated = (version: string) =>
    `const char plug_manifest[] = "plughost ${version}\\ngcc 12 x86_64-linux\\n${manifest(`v${version}`).replaceAll('"', '\\"')}\\n";`;
  for (const name of ['one', 'two', 'three', 'four'])
    build(name, pluginSource({ manifest: manifest(name), head: symbols }));
  build(
    'slow',
    `#include <unistd.h>\nint Loaded; __attribute__((constructor)) static void start(void) { usleep(200000); Loaded++; }`,
  );
  build('undefined', 'int nowhere_defined(void); int f(void) { return nowhere_defined(); }');
  build('plain', 'int f(void) { return 1; }');
  build('version', stated('2.0'));
  build('minor', stated('1.7'));
  build('fails', pluginSource({ init: 'return PLUG_ERROR_INTERNAL;' }));
  for (const [name, which] of [
    ['helper-a', 1],
    ['helper-b', 2],
  ] as const) {
    build(name, `int which(void) { return ${which}; } int Which(void) { return which(); }`);
  }
  build('folder/six', pluginSource());
  build('folder/five', pluginSource());
  writeFileSync(join(work, 'folder/text.so'), 'no library');
  return work;
}

/** Builds the same libraries with Go, runs Go's host, and returns its outcomes. */
function goTranscript(work: string): string {
  const source = join(work, 'source');
  mkdirSync(join(work, 'folder'), { recursive: true });
  const write = (path: string, text: string) => {
    mkdirSync(join(source, path, '..'), { recursive: true });
    writeFileSync(join(source, path), text);
  };
  const go = (...args: string[]) => execFileSync('go', args, { cwd: source, stdio: ['ignore', 'pipe', 'pipe'] });
  const plugin = (name: string, text: string, target = name) => {
    write(`${name}/plugin.go`, `package main\n${text}`);
    go('build', '-buildmode=plugin', '-o', join(work, `${target}.so`), `./${name}`);
  };
  write('go.mod', 'module parity\n\ngo 1.19\n');
  write('shared/shared.go', 'package shared\n\nfunc Use() {}\n');
  write('host.go', readFileSync(join(import.meta.dirname, 'go/host.go'), 'utf8'));
  go('build', '-o', join(work, 'host'), '.');

  const symbols = `var Loaded, Counter, Value = 0, 7, 3
    func Next() int { Counter++; return Counter }
    func Factory() int { return 4 }
    func init() { Loaded++ }`;
  for (const name of ['one', 'two', 'three', 'four']) plugin(name, symbols);
  for (const name of ['five', 'six']) plugin(name, symbols, `folder/${name}`);
  plugin('slow', 'import "time"\nvar Loaded int\nfunc init() { time.Sleep(200 * time.Millisecond); Loaded++ }');
  plugin('panics', 'func init() { panic("on purpose") }');
  for (const [name, which] of [
    ['helper-a', 1],
    ['helper-b', 2],
  ] as const) {
    write(`${name}/helper.c`, `int which(void) { return ${which}; }`);
    plugin(name, '// int which(void);\nimport "C"\nfunc Which() int { return int(C.which()) }');
  }
  write('shared/shared.go', 'package shared\n\nfunc Use() { println() }\n');
  plugin('version', 'import "parity/shared"\nfunc Use() { shared.Use() }');

  const libraries = join(scratch, 'ours');
  for (const name of ['undefined', 'plain']) cpSync(join(libraries, `${name}.so`), join(work, `${name}.so`));
  cpSync(join(libraries, 'folder/text.so'), join(work, 'folder/text.so'));
  return execFileSync(join(work, 'host'), [work], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}
