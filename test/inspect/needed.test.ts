import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { parseLoaderCache } from '../../src/inspect/elf/loader-cache.js';
import { inspect } from '../../src/inspect/inspect.js';
import { findNeeded } from '../../src/inspect/needed.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { tinyElf } from './tiny-elf.js';
import { tinyMachO } from './tiny-mach-o.js';
import { because, lines, without } from './tools.js';

const scratch = makeScratch();
const neededOf = (path: string) => findNeeded(path, inspect(path));

const missing = noCompiler ?? without('ldd');

describe.skipIf(missing)(`the libraries that a library of Linux needs${because(missing)}`, () => {
  const before = process.env.LD_LIBRARY_PATH;
  afterEach(() => {
    if (before === undefined) delete process.env.LD_LIBRARY_PATH;
    else process.env.LD_LIBRARY_PATH = before;
  });

  /** Creates a folder with a libpart.so. */
  const folder = (name: string) => {
    const path = join(scratch, name);
    mkdirSync(path, { recursive: true });
    return compile(path, 'part', 'int part(void) { return 1; }');
  };
  const user = (name: string, ...flags: string[]) =>
    compile(scratch, name, 'int part(void); int use(void); int use(void) { return part(); }', [
      `-L${join(scratch, 'near')}`,
      '-Wl,--no-as-needed',
      '-lpart',
      ...flags,
    ]);
  /** Returns where libpart.so is found, by findNeeded and by ldd. */
  const both = (path: string) => {
    const shown = spawnSync('ldd', [path], { encoding: 'utf8', env: { ...process.env, LC_ALL: 'C' } }).stdout;
    const [, place] = /libpart\.so => (not found|\S+)/.exec(shown) ?? [];
    const ours = neededOf(path).find(({ name }) => name === 'libpart.so');
    const real = (text: string | undefined) => (text?.startsWith('/') ? realpathSync(text) : text);
    return {
      ours: ours?.path ? real(ours.path) : ours?.state === 'missing' ? 'not found' : ours?.state,
      ldd: real(place),
    };
  };
  const near = folder('near');
  const far = folder('far');
  const inLib = folder(`multi/lib/${process.arch === 'x64' ? 'x86_64' : 'aarch64'}-linux-gnu`);
  const newTags = '-Wl,--enable-new-dtags';
  const oldTags = '-Wl,--disable-new-dtags';

  test.each([
    ['nowhere', [], '', 'not found'],
    ['beside it', ['-Wl,-rpath,$ORIGIN/near'], '', near],
    ['beside it, in braces', [`-Wl,-rpath,\${ORIGIN}/near`], '', near],
    ['in the first folder that has it', [`-Wl,-rpath,/nowhere:${join(scratch, 'far')}:$ORIGIN/near`], '', far],
    ['in LD_LIBRARY_PATH', [], join(scratch, 'far'), far],
    ['in LD_LIBRARY_PATH before the new run path', ['-Wl,-rpath,$ORIGIN/near', newTags], join(scratch, 'far'), far],
    ['in the old run path before LD_LIBRARY_PATH', ['-Wl,-rpath,$ORIGIN/near', oldTags], join(scratch, 'far'), near],
    ['in the folder that $LIB stands for', ['-Wl,-rpath,$ORIGIN/multi/$LIB'], '', inLib],
  ])('are found where ld.so finds them: %s', (name, flags, environment, place) => {
    process.env.LD_LIBRARY_PATH = environment;
    const path = user(name.replaceAll(/\W/g, '-'), ...flags);
    expect(both(path)).toEqual({ ours: place, ldd: place });
  });

  test('are looked for beside the file itself, not beside a link to it', () => {
    const path = user('linked', '-Wl,-rpath,$ORIGIN/near');
    mkdirSync(join(scratch, 'elsewhere'), { recursive: true });
    const link = join(scratch, 'elsewhere/liblinked.so');
    symlinkSync(path, link);
    expect(neededOf(link).find(({ name }) => name === 'libpart.so')).toMatchObject({ state: 'found' });
  });

  test('are not those for another machine', () => {
    mkdirSync(join(scratch, 'foreign'), { recursive: true });
    writeFileSync(join(scratch, 'foreign/libpart.so'), tinyElf({ machine: 243 }));
    const path = user('passes-over', '-Wl,-rpath,$ORIGIN/foreign:$ORIGIN/near');
    expect(both(path)).toEqual({ ours: near, ldd: near });
  });

  test('are unknown when it is for another machine, unless they are there', () => {
    const bytes = readFileSync(user('moved', '-Wl,-rpath,$ORIGIN/near-foreign'));
    bytes.writeUInt16LE(243, 18);
    const path = join(scratch, 'for-riscv.so');
    writeFileSync(path, bytes);
    const state = () => neededOf(path).find(({ name }) => name === 'libpart.so')?.state;
    expect(state()).toBe('unknown');
    mkdirSync(join(scratch, 'near-foreign'));
    writeFileSync(join(scratch, 'near-foreign/libpart.so'), tinyElf({ machine: 243 }));
    expect(state()).toBe('found');
  });

  test('are found by their whole path, if they are needed by that', () => {
    const inside = join(scratch, 'whole');
    mkdirSync(inside);
    const part = compile(inside, 'named', 'int part(void) { return 1; }');
    const path = compile(scratch, 'by-path', 'int part(void); int use(void); int use(void) { return part(); }', [
      '-Wl,--no-as-needed',
      part,
    ]);
    expect(neededOf(path)[0]).toEqual({ name: part, state: 'found', path: part });
  });

  test('are looked for in a bounded time, however many there are and wherever they may be', () => {
    const inspection = inspect(user('patient'));
    const needed = Array.from({ length: 4000 }, (_, i) => `libnothing${i}.so`);
    const runPath = Array.from({ length: 20_000 }, (_, i) => `${'/.'.repeat(i % 500)}${scratch}`);
    const start = performance.now();
    const found = findNeeded(join(scratch, 'libpatient.so'), { ...inspection, needed, runPath });
    // Searching each library in each folder would take many minutes; this search takes a second or two.
    expect(performance.now() - start).toBeLessThan(50_000);
    expect(new Set(found.map(({ state }) => state))).toEqual(new Set(['unknown']));
  });
});

describe('the libraries that a library of macOS needs', () => {
  test('are found beside it, and are otherwise unknown', () => {
    const folder = join(scratch, 'macos');
    mkdirSync(join(folder, 'lib'), { recursive: true });
    const path = join(folder, 'user.dylib');
    const needed = [
      '@loader_path/lib/here.dylib',
      '@loader_path/lib/gone.dylib',
      '@rpath/here.dylib',
      '@rpath/gone.dylib',
      '@executable_path/here.dylib',
    ];
    writeFileSync(path, tinyMachO({ needed, runPath: ['/nowhere', '@loader_path/lib'] }));
    copyFileSync(path, join(folder, 'lib/here.dylib'));
    const here = { state: 'found', path: join(folder, 'lib/here.dylib') };
    expect(neededOf(path)).toEqual([
      { name: needed[0], ...here },
      { name: needed[1], state: 'missing' },
      { name: needed[2], ...here },
      { name: needed[3], state: 'unknown' },
      { name: needed[4], state: 'unknown' },
    ]);
  });
});

describe('the cache of ld.so', () => {
  const noCache = without('ldconfig');
  test.skipIf(noCache)(`has what ldconfig shows${because(noCache)}`, () => {
    const shown = lines('ldconfig', ['-p']).flatMap((line) => {
      const [, name, path] = /^\t(\S+) \(.*\) => (\S+)$/.exec(line) ?? [];
      return name ? [`${name} ${path}`] : [];
    });
    const cache = parseLoaderCache(readFileSync('/etc/ld.so.cache'));
    expect([...cache].flatMap(([name, paths]) => paths.map((path) => `${name} ${path}`)).sort()).toEqual(shown.sort());
  });

  test('that is cut off or of another kind has what can be read of it', () => {
    const real = Buffer.concat([Buffer.from('glibc-ld.so.cache1.1'), Buffer.alloc(100)]);
    for (const bytes of [Buffer.alloc(0), Buffer.from('another kind'), real.subarray(0, 40), real]) {
      expect(parseLoaderCache(bytes)).toEqual(new Map());
    }
  });
});
