import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlughostError } from '../../src/errors/index.js';
import { FileBytes } from '../../src/inspect/file-bytes.js';
import { inspect } from '../../src/inspect/inspect.js';
import { FormatError } from '../../src/inspect/inspection.js';
import { compile, makeScratch, noCompiler } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';
import { payloadAt, type TinyElf, tinyElf } from './tiny-elf.js';
import { because } from './tools.js';

const scratch = makeScratch();

function write(name: string, bytes: Uint8Array): string {
  const path = join(scratch, name);
  writeFileSync(path, bytes);
  return path;
}
describe('a damaged library is refused with what is wrong', () => {
  const refusal = (elf: TinyElf) => {
    const path = write('damaged.so', tinyElf({ symbols: [{ name: 'run' }], ...elf }));
    const { code, message } = thrown(() => inspect(path));
    return `${code} ${message.replace(`open plugin ${path}: `, '')}`;
  };
  test.each<[string, TinyElf, string]>([
    ['an object file', { type: 1 }, 'it is an object file, not yet linked, not a shared library'],
    ['a program', { type: 2 }, 'it is a program, not a shared library'],
    ['a core dump', { type: 4 }, 'it is a core dump, not a shared library'],
    [
      'program headers beyond the end',
      { lie: { phoff: 1e9 } },
      'it is cut off or damaged: it ends at byte 4096, and its headers point beyond',
    ],
    [
      'program headers that are too small',
      { lie: { phentsize: 8 } },
      'it is damaged: its program headers have an impossible size',
    ],
    [
      'very many program headers',
      { lie: { phnum: 65535 } },
      'it is damaged: its program headers have an impossible size',
    ],
    ['no dynamic section', { lie: { phnum: 1 } }, 'it has no dynamic section, so it is not a shared library'],
    [
      'a huge dynamic section',
      { lie: { dynamic: 2 ** 50 } },
      'it is damaged: its dynamic section has an impossible size',
    ],
    ['symbols of another size', { lie: { 11: 7 } }, 'it is damaged: its symbols have an impossible size'],
    [
      'symbols at an address without bytes',
      { lie: { 6: 2 ** 40 } },
      'it is damaged: its headers point outside of its segments',
    ],
    ['a name beyond the table', { lie: { name: 1e9 } }, 'it is damaged: a name of a symbol has no end'],
    ['names without an end', { lie: { 10: 3 } }, 'it is damaged: a name of a symbol has no end'],
    [
      'more symbols than the file has room for',
      { lie: { symbols: 100_000 } },
      'it is damaged: its headers point outside of its segments',
    ],
    [
      'an absurd number of symbols',
      { lie: { symbols: 0xffffffff } },
      'it claims 4294967295 symbols, which is too many',
    ],
    [
      'an absurd length of names',
      { lie: { 10: 2 ** 52 } },
      'it claims 4503599627370496 bytes of names, which is too many',
    ],
  ])('%s', (_, elf, expected) => {
    expect(refusal(elf)).toBe(`ERR_NOT_A_LIBRARY ${expected}`);
  });

  test('many symbols that share one long name', () => {
    const path = write('long-names.so', tinyElfWithNames(2000, Buffer.from(`\0${'n'.repeat(60_000)}\0`)));
    expect(thrown(() => inspect(path)).message).toBe(
      `open plugin ${path}: it is damaged: its symbols have too many bytes of names`,
    );
  });
});

/** Returns a tiny ELF whose symbols all have the name at byte 1 of the given table. */
function tinyElfWithNames(count: number, names: Buffer): Buffer {
  const symbols = Buffer.alloc((count + 1) * 24);
  for (let at = 24; at < symbols.length; at += 24) symbols.set([1, 0, 0, 0, 0x12, 0, 1, 0], at);
  const lie = { 6: payloadAt, 5: payloadAt + symbols.length, 10: names.length, symbols: count + 1 };
  return tinyElf({ payload: Buffer.concat([symbols, names]), lie });
}

const noCount = existsSync('/proc/self/io') ? undefined : 'the system does not count what is read';
test.skipIf(noCompiler ?? noCount)(
  `of a large library only the tables are read${because(noCompiler ?? noCount)}`,
  () => {
    const functions = Array.from({ length: 1000 }, (_, i) => `int function_${i}(void) { return ${i}; }`).join('\n');
    const filling = '__asm__(".section .rodata; .fill 30 << 20; .text");';
    const path = compile(scratch, 'large', `${filling}\n${functions}`, ['-Wno-missing-prototypes']);
    expect(statSync(path).size).toBeGreaterThan(30 << 20);
    const read = () => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
    const before = read();
    expect(inspect(path, { imports: true }).symbols.length).toBe(1000);
    expect(read() - before).toBeLessThan(512 << 10);
  },
);

test('a file that leads to the same bytes over and over is given up', () => {
  using file = new FileBytes(write('to-and-fro', Buffer.alloc(1 << 20)));
  let reads = 0;
  const readToAndFro = () => {
    for (; reads < 1e6; reads++) file.read(reads % 2 === 0 ? 200_000 : 900_000, 16);
  };
  expect(readToAndFro).toThrow(new FormatError('is damaged: its headers lead to the same bytes over and over'));
  expect(reads).toBeGreaterThan(4000);
});

test('a file full of holes costs no more memory or time than what is looked at', () => {
  const path = write('holes.so', tinyElf({ lie: { 4: payloadAt, load: 2 ** 41 } }));
  const fd = openSync(path, 'r+');
  ftruncateSync(fd, 2 ** 40);
  writeSync(fd, Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0x0f, 0]), 0, 8, payloadAt);
  closeSync(fd);
  const before = process.memoryUsage().rss;
  expect(inspect(path).symbols).toEqual([]);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 << 20);
});

describe('headers of any kind', () => {
  /** Returns the result or the code of a PlughostError; other errors fail the test. */
  const judge = (bytes: Uint8Array) => {
    const path = write('fuzz.so', bytes);
    try {
      return inspect(path).symbols.length;
    } catch (error) {
      if (error instanceof PlughostError) return error.code;
      throw error;
    }
  };

  test('a tiny library with any header gives a result or a coded error', { timeout: 60_000 }, () => {
    const field = fc.oneof(fc.nat(0x1100), fc.constantFrom(0xffffffff, 2 ** 32, 2 ** 52));
    const keys = ['phoff', 'phentsize', 'phnum', 'load', 'dynamic', 'symbols', 'name', '4', '5', '6', '10', '11'];
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...keys), field),
        fc.constantFrom<32 | 64>(32, 64),
        fc.constantFrom<'little' | 'big'>('little', 'big'),
        (lie, bits, endian) => {
          judge(
            tinyElf({ bits, endian, lie, symbols: [{ name: 'plug_manifest', type: 1, size: 9 }, { name: 'run' }] }),
          );
        },
      ),
      { numRuns: 3000 },
    );
  });
});
