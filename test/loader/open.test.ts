import {
  closeSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { addon } from '../../src/addon.js';
import { inspect, open } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { errorOf, thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const home = process.cwd();

/** Reads a number that a library exports. */
function numberAt(address: bigint): number | undefined {
  return addon().readMemory(address, 4)?.readInt32LE();
}

describe.skipIf(noCompiler)(`open${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  let plain: string;
  beforeAll(() => {
    plain = compile(
      scratch,
      'plain',
      `#include <stdio.h>
       int loaded; __attribute__((constructor)) static void start(void) { loaded++; }
       int answer(void) { puts(""); return 42; } const char text[6] = "hello";`,
    );
  });
  afterEach(() => process.chdir(home));

  describe('finds the file', () => {
    test('and says so in the words of Go when the path leads nowhere', () => {
      expect(thrown(() => open('nowhere.so'))).toEqual({
        code: 'ERR_REALPATH',
        message: 'plugin.Open("nowhere.so"): realpath failed: no such file or directory',
        hint: 'check that the file exists and may be read',
      });
      expect(errorOf(() => open('nowhere.so'))).toMatchObject({ cause: { code: 'ENOENT', syscall: 'realpath' } });
    });

    test('and takes an empty path for one that leads nowhere', () => {
      expect(thrown(() => open('')).message).toBe('plugin.Open(""): realpath failed: no such file or directory');
    });

    test('and refuses a NUL in the path, where the system would stop reading', () => {
      expect(thrown(() => open(`${plain}\0.so`)).message).toBe(
        `plugin.Open("${plain}\\x00.so"): realpath failed: there is a NUL in it, which no file name has`,
      );
    });

    test('relative to the folder that the process is in at that call', () => {
      const [a, b] = ['a', 'b'].map((name) => {
        mkdirSync(join(scratch, name));
        return compile(join(scratch, name), 'same', `int which(void) { return '${name}'; }`);
      }) as [string, string];
      process.chdir(join(scratch, 'a'));
      const first = open('libsame.so');
      process.chdir(join(scratch, 'b'));
      const second = open('libsame.so');
      expect([first.path, second.path]).toEqual([a, b]);
    });

    test('without asking for a suffix', () => {
      const path = join(scratch, 'no-suffix');
      copyFileSync(plain, path);
      expect(open(path).path).toBe(path);
    });
  });

  describe('gives one object for one file', () => {
    test('by its path, ./path, a way round and a symlink', () => {
      const library = open(plain);
      symlinkSync(plain, join(scratch, 'link.so'));
      process.chdir(scratch);
      for (const name of ['libplain.so', './libplain.so', relative('.', plain), 'link.so', `${scratch}//libplain.so`]) {
        expect(open(name)).toBe(library);
      }
    });

    test('whose constructors ran once, before the first open returned', () => {
      open(plain);
      expect(numberAt(open(plain).lookup('loaded').address)).toBe(1);
    });

    test('and not another one that calls itself by its path', () => {
      const path = join(scratch, 'libnamed.so');
      const thief = compile(scratch, 'thief', 'int stolen(void) { return 1; }', [`-Wl,-soname,${path}`]);
      compile(scratch, 'named', 'int own(void) { return 1; }');
      open(thief);
      const { code, message } = thrown(() => open(path));
      expect({ code, message }).toEqual({
        code: 'ERR_OPEN',
        message: `plugin.Open("${path}"): ${path}: ${thief} was open by that name and was taken in its place`,
      });
    });

    test('and not what was mapped from its path before, for another library', () => {
      const part = compile(scratch, 'first-part', 'int part(void); int part(void) { return 1; }');
      const user = compile(scratch, 'first-user', 'int part(void); int use(void); int use(void) { return part(); }', [
        '-Wl,--no-as-needed',
        `-L${scratch}`,
        '-lfirst-part',
        '-Wl,-rpath,$ORIGIN',
      ]);
      open(user);
      renameSync(compile(scratch, 'second-part', 'int other(void); int other(void) { return 2; }'), part);
      expect(thrown(() => open(part)).message).toContain('was open by that name and was taken in its place');
    });

    test('but a copy is another library', () => {
      const copy = join(scratch, 'copy.so');
      copyFileSync(plain, copy);
      expect(open(copy)).not.toBe(open(plain));
      expect(open(copy).lookup('loaded').address).not.toBe(open(plain).lookup('loaded').address);
    });

    test('and needs the file, though it is loaded', () => {
      const path = compile(scratch, 'moved', 'int f(void) { return 1; }');
      const library = open(path);
      renameSync(path, `${path}.away`);
      expect(thrown(() => open(path)).code).toBe('ERR_REALPATH');
      renameSync(`${path}.away`, path);
      expect(open(path)).toBe(library);
    });

    test('and does not look again when another file takes the path', () => {
      const path = compile(scratch, 'replaced', 'int old_one(void) { return 1; }');
      const library = open(path);
      renameSync(compile(scratch, 'replacement', 'int new_one(void) { return 2; }'), path);
      expect(open(path)).toBe(library);
      expect(
        open(path)
          .symbols()
          .map(({ name }) => name),
      ).toEqual(['old_one']);
    });

    test('and a symlink that leads elsewhere later gives the other library', () => {
      const [one, two] = ['one', 'two'].map((name) => compile(scratch, name, `int ${name}(void) { return 1; }`)) as [
        string,
        string,
      ];
      const link = join(scratch, 'current.so');
      symlinkSync(one, link);
      const first = open(link);
      rmSync(link);
      symlinkSync(two, link);
      expect([first.path, open(link).path]).toEqual([one, two]);
    });
  });

  describe('judges the file before it is loaded', () => {
    test('so that a file which was refused can be mended and opened', () => {
      const path = join(scratch, 'mended.so');
      writeFileSync(path, 'not yet');
      expect(thrown(() => open(path)).message).toBe(`open plugin ${path}: it is a text file, not a shared library`);
      copyFileSync(plain, path);
      expect(open(path).lookup('answer').kind).toBe('function');
    });

    test('and runs nothing of a library whose manifest speaks another major version', () => {
      const proof = join(scratch, 'ran');
      const path = compile(
        scratch,
        'major2',
        `#include <stdio.h>
         const char plug_manifest[] = "plughost 2.3\\ngcc 12 x86_64-linux\\nin another language\\n";
         __attribute__((constructor)) static void start(void) { fclose(fopen("${proof}", "w")); }`,
      );
      expect(thrown(() => open(path))).toEqual({
        code: 'ERR_ABI',
        message: `open plugin ${path}: it was built for version 2.3 of the contract, and this host speaks 1.2`,
        hint: 'build the plugin again with the headers of version 1.2, or use a host that speaks 2.3',
      });
      expect(() => inspect(proof)).toThrow(/no such file/);
    });

    test('and takes a manifest of a later minor version', () => {
      const path = compile(
        scratch,
        'minor9',
        'const char plug_manifest[] = "plughost 1.9\\ngcc\\n{\\"id\\":\\"a.b\\",\\"name\\":\\"n\\",\\"version\\":\\"1.0.0\\",\\"later\\":[1]}\\n";',
      );
      expect(open(path).manifest).toEqual({ id: 'a.b', name: 'n', version: '1.0.0', later: [1] });
    });

    test.each([
      ['is no JSON', '{ "id": }', /^read the manifest of .*: Unexpected token '}'.* is not valid JSON$/],
      ['is no object', '["a"]', /: it must be a JSON object$/],
      [
        'is without what it must have',
        '{ "name": "two words", "extensions": ["filter"] }',
        /: id: it must be a reverse domain such as org\.example\.level; name: it must be a name of letters, digits and - _ \. \+; version: it must be a semantic version such as 1\.0\.0; extensions\.0: it must be an id such as plug\.filter\/1$/,
      ],
      [
        'has a config that is no schema',
        '{ "id": "a.b", "name": "n", "version": "1.0.0", "config": { "properties": { "x": 5 }, "required": "x" } }',
        /: config\.properties\.x: it must be a JSON Schema; config\.required: it must be a list of names$/,
      ],
    ])('and refuses a manifest that %s', (what, json, message) => {
      const path = compile(scratch, what.replaceAll(' ', '-'), pluginSource({ manifest: json }));
      const { code, message: found } = thrown(() => open(path));
      expect(code).toBe('ERR_MANIFEST');
      expect(found).toMatch(message);
    });

    test('and refuses one for another machine', () => {
      const path = join(scratch, 'other-machine.so');
      copyFileSync(plain, path);
      const bytes = Buffer.from(open(plain).inspection.architecture === 'x86_64' ? [183, 0] : [62, 0]);
      patch(path, 18, bytes);
      expect(thrown(() => open(path))).toMatchObject({
        code: 'ERR_WRONG_PLATFORM',
        message: expect.stringMatching(
          /it is built for (aarch64|x86_64) linux, 64 bits, little endian, and this host is (x86_64|aarch64) linux, 64 bits, little endian$/,
        ),
      });
    });
  });

  describe('tells what the system says when it refuses the library', () => {
    test('for an undefined symbol, in the words of Go', () => {
      const path = compile(scratch, 'undefined', 'int missing(void); int f(void) { return missing(); }');
      expect(thrown(() => open(path))).toEqual({
        code: 'ERR_OPEN',
        message: `plugin.Open("${path}"): ${path}: undefined symbol: missing`,
        hint: expect.stringMatching(/^nothing that it needs has missing: its author must link the library that does/),
      });
    });

    test('for a library that is not there', () => {
      const needed = compile(scratch, 'needed', 'int needed(void) { return 1; }');
      const path = compile(scratch, 'needing', 'int needed(void); int f(void) { return needed(); }', [
        '-Wl,--no-as-needed',
        `-L${scratch}`,
        '-lneeded',
      ]);
      rmSync(needed);
      expect(thrown(() => open(path)).message).toBe(
        `plugin.Open("${path}"): libneeded.so: cannot open shared object file: No such file or directory`,
      );
    });

    test('and tries again after the library was mended', () => {
      const path = compile(scratch, 'retry', 'int missing(void); int f(void) { return missing(); }');
      expect(thrown(() => open(path)).code).toBe('ERR_OPEN');
      rmSync(path);
      compile(scratch, 'retry', 'int f(void) { return 1; }');
      expect(open(path).lookup('f').kind).toBe('function');
    });
  });

  describe('keeps libraries apart', () => {
    test('so that one does not bind to a symbol of another', () => {
      open(compile(scratch, 'provider', 'int from_provider(void) { return 1; }'));
      const path = compile(scratch, 'user', 'int from_provider(void); int f(void) { return from_provider(); }');
      expect(thrown(() => open(path)).message).toBe(`plugin.Open("${path}"): ${path}: undefined symbol: from_provider`);
    });
  });

  describe('lookup', () => {
    test('tells functions from data, with size and address', () => {
      const library = open(plain);
      expect({ ...library.lookup('answer') }).toEqual({
        name: 'answer',
        kind: 'function',
        size: expect.any(Number),
        offset: expect.any(Number),
        address: expect.any(BigInt),
      });
      const { address, ...text } = library.lookup('text');
      expect(text).toEqual({ name: 'text', kind: 'data', size: 6, offset: expect.any(Number) });
      expect(addon().readMemory(address, 6)?.toString()).toBe('hello\0');
    });

    test('gives the same object for the same name', () => {
      expect(open(plain).lookup('answer')).toBe(open(plain).lookup('answer'));
    });

    test('does not see what the library gets from others', () => {
      expect(thrown(() => open(plain).lookup('puts'))).toEqual({
        code: 'ERR_SYMBOL_NOT_FOUND',
        message: `plugin: symbol puts not found in plugin ${plain}`,
        hint: 'symbols() lists what it exports',
      });
    });

    test('suggests names that are near, and calls the library by the id of its manifest', () => {
      const path = compile(
        scratch,
        'near',
        pluginSource({ manifest: '{ "id": "org.example.near", "name": "near", "version": "1.0.0" }' }),
      );
      expect(thrown(() => open(path).lookup('newPlugni'))).toEqual({
        code: 'ERR_SYMBOL_NOT_FOUND',
        message: 'plugin: symbol newPlugni not found in plugin org.example.near',
        hint: 'it exports similar names: NewPlugin',
      });
    });

    test('lists what the library exports', () => {
      expect(
        open(plain)
          .symbols()
          .map(({ name }) => name)
          .sort(),
      ).toEqual(['answer', 'loaded', 'text']);
    });

    test('works for a library that the system already knows by another name', () => {
      const first = open(compile(scratch, 'hard', pluginSource()));
      const other = join(scratch, 'hard-link.so');
      linkSync(first.path, other);
      expect(open(other).lookup('NewPlugin').address).toBe(first.lookup('NewPlugin').address);
    });
  });
});

function patch(path: string, at: number, bytes: Buffer): void {
  const fd = openSync(path, 'r+');
  writeSync(fd, bytes, 0, bytes.length, at);
  closeSync(fd);
}
