import { once } from 'node:events';
import { copyFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { addon } from '../../src/addon.js';
import { type Library, loadPlugin, open } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const manifest = (id: string) => `{ "id": "${id}", "name": "test", "version": "1.0.0" }`;

describe.skipIf(noCompiler)(`a library${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  let library: Library;
  beforeAll(() => {
    library = open(
      compile(
        scratch,
        'symbols',
        `#include <stdint.h>
         int counter = 7; const int fixed = 1; char text[8] = "hello"; double ratios[3] = {1, 2.5, -3};
         uint64_t big = 18446744073709551615u; char *pointer = text;
         int next(void) { return ++counter; } int add(int a, int b) { return a + b; } void nothing(void) {}`,
      ),
    );
  });

  describe('shows its data by views', () => {
    test('that read and write the memory of the library', () => {
      const counter = library.lookup('counter', 'data').view<number>('int');
      const again = library.lookup('counter', 'data').view<number>('int32_t');
      const next = library.lookup('next', 'function').declare<() => number>('int', []);
      expect(counter.value).toBe(7);
      counter.value = 41;
      expect([again.value, next(), counter.value]).toEqual([41, 42, 42]);
    });

    test.each([
      ['text', 'char [8]', 'hello'],
      ['ratios', 'double [3]', Float64Array.of(1, 2.5, -3)],
      ['big', 'uint64_t', 18446744073709551615n],
      ['counter', 'int8_t', expect.any(Number)],
    ])('of %s as %s', (name, type, value) => {
      expect(library.lookup(name, 'data').view(type).value).toEqual(value);
    });

    test('that refuse to write a constant', () => {
      const fixed = library.lookup('fixed', 'data').view<number>('int');
      expect(
        thrown(() => {
          fixed.value = 2;
        }),
      ).toEqual({
        code: 'ERR_READ_ONLY',
        message: `write fixed of ${library.path}: it is a constant of the library`,
        hint: 'only its author can change it, by declaring it without const',
      });
      expect(fixed.value).toBe(1);
    });

    test('but not by a type that is larger than the symbol', () => {
      expect(thrown(() => library.lookup('counter', 'data').view('double')).message).toContain(
        'counter is a data object of 4 bytes, not a double (8 bytes)',
      );
    });

    test.each(['char *', 'void *', 'str', 'no such type', 'void'])('nor as %s', (type) => {
      expect(thrown(() => library.lookup('pointer', 'data').view(type)).code).toBe('ERR_USAGE');
    });

    test('and a value of another kind is refused, and changes nothing', () => {
      const counter = library.lookup('counter', 'data').view<unknown>('int');
      const before = counter.value;
      expect(
        thrown(() => {
          counter.value = 'seven';
        }).code,
      ).toBe('ERR_USAGE');
      expect(counter.value).toBe(before);
    });
  });

  describe('shows its functions', () => {
    test('by the prototype that the caller declares', () => {
      const add = library.lookup('add', 'function').declare<(a: number, b: number) => number>('int', ['int', 'int']);
      expect(add(40, 2)).toBe(42);
    });

    test('which takes neither more nor fewer arguments', () => {
      const add = library.lookup('add', 'function').declare<(...all: number[]) => number>('int', ['int', 'int']);
      expect(thrown(() => add(1)).message).toBe('call add: it takes 2 arguments, and was given 1');
      expect(thrown(() => add(1, 2, 3)).message).toBe('call add: it takes 2 arguments, and was given 3');
    });

    test('and refuses types that are none', () => {
      expect(thrown(() => library.lookup('add', 'function').declare('number', [])).code).toBe('ERR_USAGE');
    });
  });

  test('tells a function from data when one of them is asked for', () => {
    expect(thrown(() => library.lookup('counter', 'function')).message).toContain(
      'counter is a data object of 4 bytes, not a function',
    );
    expect(thrown(() => library.lookup('next', 'data')).code).toBe('ERR_TYPE_ASSERTION');
  });
});

describe.skipIf(noCompiler)(
  `a file that changes after it was opened${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    const versioned = (name: string, version: number) =>
      compile(scratch, name, `int version(void) { return ${version}; }`);
    const versionOf = (library: Library) => library.lookup('version', 'function').declare<() => number>('int', [])();

    test('is not stale while it stays as it was', () => {
      expect(open(versioned('same', 1)).stale).toBe(false);
    });

    test('is stale when another file took its place, or it was written over, or is gone', () => {
      const path = versioned('moves', 1);
      const library = open(path);
      const kept = `${path}.kept`;
      renameSync(path, kept);
      expect(library.stale).toBe(true);
      renameSync(versioned('moved-over', 2), path);
      expect(library.stale).toBe(true);
      renameSync(kept, path);
      expect(library.stale).toBe(false);
    });

    test('gives the old library, with one warning', async () => {
      const path = versioned('warns', 1);
      const library = open(path);
      renameSync(versioned('warns-new', 2), path);
      const warned = once(process, 'warning');
      expect([open(path), open(path)]).toEqual([library, library]);
      expect(versionOf(library)).toBe(1);
      const [warning] = await warned;
      expect({ message: warning.message, code: warning.code }).toEqual({
        message: `${path} was changed since it was opened; what was opened is still used`,
        code: 'PLUGHOST_STALE',
      });
    });

    test('is opened anew after the library was closed, beside the old one', () => {
      const path = versioned('anew', 1);
      const first = open(path);
      const oldVersion = first.lookup('version', 'function');
      renameSync(versioned('anew-2', 2), path);
      first.close();
      const second = open(path);
      renameSync(versioned('anew-3', 3), path);
      second.close();
      const third = open(path);
      expect([first, second, third].map(({ generation, stale }) => [generation, stale])).toEqual([
        [1, true],
        [2, true],
        [3, false],
      ]);
      expect([versionOf(third), third.path]).toEqual([3, path]);
      expect(new Set([oldVersion.address, third.lookup('version').address]).size).toBe(2);
      expect(open(path)).toBe(third);
    });

    test('even when it was written over in place', () => {
      const path = versioned('in-place', 1);
      open(path).close();
      // The old mapping may be damaged by this, so the test does not call it.
      const next = versioned('in-place-2', 2);
      rmSync(path);
      copyFileSync(next, path);
      expect(versionOf(open(path))).toBe(2);
    });

    test('or while it was being opened, which is an error, and the next open gives what is there then', () => {
      const path = versioned('meanwhile', 1);
      const next = versioned('meanwhile-2', 2);
      const replace = () => renameSync(next, path);
      expect(thrown(() => open(path, { judge: replace }))).toMatchObject({
        code: 'ERR_OPEN',
        message: `plugin.Open("${path}"): ${path}: the file was changed while it was being opened`,
      });
      expect(versionOf(open(path))).toBe(2);
    });

    test('and when what took its place is no library, the error is as at a first open, and mending it helps', () => {
      const path = versioned('broken', 1);
      open(path).close();
      rmSync(path);
      writeFileSync(path, 'text');
      expect(thrown(() => open(path)).code).toBe('ERR_NOT_A_LIBRARY');
      rmSync(path);
      copyFileSync(versioned('mended', 4), path);
      expect(versionOf(open(path))).toBe(4);
    });
  },
);

describe.skipIf(noCompiler)(`closing a library${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  const plugin = (name: string) =>
    compile(
      scratch,
      name,
      pluginSource({
        head: 'int loaded, destroyed; __attribute__((constructor)) static void start(void) { loaded++; }',
        destroy: 'destroyed++; free(plugin);',
      }),
    );

  test('refuses every later use with one sentence', () => {
    const path = plugin('refuses');
    const library = open(path);
    const counter = library.lookup('loaded', 'data').view<number>('int');
    library.close();
    expect(library.closed).toBe(true);
    for (const use of [
      () => library.symbols(),
      () => library.lookup('loaded'),
      () => counter.value,
      () => loadPlugin(library),
    ]) {
      expect(thrown(use).code).toBe('ERR_LIBRARY_CLOSED');
    }
    expect(thrown(() => library.symbols())).toEqual({
      code: 'ERR_LIBRARY_CLOSED',
      message: `library ${path}: symbols: it is closed`,
      hint: 'open it again, or close it later',
    });
    library.close();
  });

  test('closes its plugins, those that work once they have finished', async () => {
    const library = open(
      compile(
        scratch,
        'drains',
        pluginSource({
          head: '#include <unistd.h>\nint destroyed;',
          run: 'usleep(100000); return plug_put(out, destroyed ? "destroyed" : "alive");',
          destroy: 'destroyed++; free(plugin);',
        }),
      ),
    );
    const [idle, busy] = [loadPlugin(library), loadPlugin(library)];
    const { address } = library.lookup('destroyed');
    const running = busy.runAsync();
    library.close();
    expect(idle.closed && busy.closed).toBe(true);
    expect(addon().readMemory(address, 4)?.readInt32LE()).toBe(1);
    const text = await running;
    expect([text, addon().readMemory(address, 4)?.readInt32LE()]).toEqual(['destroyed', 2]);
  });

  test('and opening it again is the same mapping, whose constructors do not run again, in another generation', () => {
    const path = plugin('again');
    const first = open(path);
    const { address } = first.lookup('loaded');
    first.close();
    const second = open(path);
    expect(second).not.toBe(first);
    expect([second.generation, second.lookup('loaded').address === address]).toEqual([2, true]);
    expect(second.lookup('loaded', 'data').view('int').value).toBe(1);
    using loaded = loadPlugin(path);
    expect(loaded.run()).toBe('done');
  });
});

describe.skipIf(noCompiler)(`a manifest id${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('that is open from another path is refused before any of the copy runs', () => {
    const proof = join(scratch, 'ran-twice');
    const source = pluginSource({
      manifest: manifest('org.example.twice'),
      head: `#include <stdio.h>
             __attribute__((constructor)) static void start(void) { fclose(fopen("${proof}", "a")); }`,
    });
    const [one, two] = [compile(scratch, 'twice-one', source), compile(scratch, 'twice-two', source)];
    open(one);
    rmSync(proof);
    expect(thrown(() => open(two))).toEqual({
      code: 'ERR_DUPLICATE_PLUGIN',
      message: `plugin.Open("${two}"): plugin already loaded: ${two} has the id org.example.twice, as ${one} has, which is open`,
      hint: 'use the one that is open, or give one of them another id; a program may close it first, or set allowDuplicate',
    });
    expect(() => rmSync(proof)).toThrow('ENOENT');
    expect(open(two, { allowDuplicate: true }).path).toBe(two);
  });

  test('is free again when the library was closed', () => {
    const source = pluginSource({ manifest: manifest('org.example.free') });
    const [one, two] = [compile(scratch, 'free-one', source), compile(scratch, 'free-two', source)];
    open(one).close();
    expect(open(two).id).toBe('org.example.free');
    expect(thrown(() => open(one)).code).toBe('ERR_DUPLICATE_PLUGIN');
  });
});
