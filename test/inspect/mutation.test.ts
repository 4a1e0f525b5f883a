import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { PlughostError } from '../../src/errors/index.js';
import { FileBytes } from '../../src/inspect/file-bytes.js';
import { inspect } from '../../src/inspect/inspect.js';
import { findNeeded } from '../../src/inspect/needed.js';
import { makeScratch } from '../helpers/compile.js';
import { tinyMachO, tinyTrie, universal } from './tiny-mach-o.js';
import { because, build, SOURCE, without } from './tools.js';

// Inspects real libraries with bytes changed, moved and cut off in the parts that `inspect` reads. `npm run
// fuzz:inspect` tries 100,000 variants.

const scratch = makeScratch();
const path = join(scratch, 'mutated');

const compiled = (name: string, ...compiler: string[]) => readFileSync(build(scratch, compiler, name, SOURCE, ['-s']));
const zig = (target: string, ...flags: string[]) => compiled(target, 'zig', 'cc', '-target', target, ...flags);

const tree = tinyTrie({
  edges: { _r: { edges: { un: { symbol: [0, 16] }, ust: { symbol: [0, 24] } } }, _borrowed: { symbol: [8, 1, 0] } },
});
const tiny = {
  symbols: ['run', 'rust', 'plug_manifest'].map((name, i) => ({ name, address: 16 + i * 8 })),
  imports: [{ name: 'exit', library: 1 }],
  needed: ['@loader_path/a.dylib', '@rpath/b.dylib'],
  runPath: ['@loader_path/lib'],
};

const originals: { what: string; tool?: string; make: () => Buffer }[] = [
  { what: 'ELF', tool: 'cc', make: () => compiled('here.so', 'cc', '-fPIC', '-Wl,-rpath,$ORIGIN/near:/opt') },
  { what: 'ELF of 32 bits, big endian', tool: 'zig', make: () => zig('mips-linux-musleabi', '-nostdlib', '-fPIC') },
  { what: 'PE', tool: 'x86_64-w64-mingw32-gcc', make: () => compiled('64.dll', 'x86_64-w64-mingw32-gcc') },
  { what: 'PE of 32 bits', tool: 'i686-w64-mingw32-gcc', make: () => compiled('32.dll', 'i686-w64-mingw32-gcc') },
  { what: 'Mach-O', tool: 'zig', make: () => zig('x86_64-macos') },
  { what: 'Mach-O without a tree of names', make: () => tinyMachO({ ...tiny, bits: 32, endian: 'big' }) },
  {
    what: 'a universal file',
    make: () =>
      universal([
        { machine: 18, bytes: tinyMachO(tiny) },
        { machine: 0x01000007, bytes: tinyMachO({ ...tiny, trie: tree }) },
      ]),
  },
];
const RUNS = Math.ceil(Number(process.env.PLUGHOST_MUTATIONS ?? 7000) / originals.length);

/** Returns the result or the code of a PlughostError; other errors fail the test. */
function judge(bytes: Uint8Array): string {
  writeFileSync(path, bytes);
  try {
    const inspection = inspect(path, { imports: true });
    findNeeded(path, inspection);
    return `${inspection.symbols.length} symbols`;
  } catch (error) {
    if (error instanceof PlughostError) return error.message;
    throw error;
  }
}

/** Inspects a library and returns the parts of the file that were read. */
function rangesRead(bytes: Uint8Array): (readonly [offset: number, length: number])[] {
  const read = vi.spyOn(FileBytes.prototype, 'read');
  expect(judge(bytes)).toMatch(/^[2-9] symbols$/);
  const ranges = read.mock.calls.filter(([offset, length]) => length > 0 && offset + length <= bytes.length);
  read.mockRestore();
  return ranges;
}

const word = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff);

describe.each(originals)('$what', ({ tool, make }) => {
  const missing = tool && without(tool);
  const title = `changed ${RUNS} times gives a result or a coded error${because(missing)}`;
  test.skipIf(missing)(title, { timeout: 300_000 + RUNS * 20 }, () => {
    const real = make();
    const place = fc
      .constantFrom(...rangesRead(real))
      .chain(([offset, length]) => fc.nat(length - 1).map((inside) => offset + inside));
    const change = fc.oneof(
      fc.record({ at: place, bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }) }),
      fc.record({ at: place.map((at) => at & ~3), word }),
      fc.record({ at: place, from: place, length: fc.nat(64) }),
    );
    const outcomes = new Set<string>();
    let longest = 0;
    fc.assert(
      fc.property(
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat(real.length), { freq: 8 }),
        (changes, cut) => {
          const bytes = Buffer.from(real);
          for (const one of changes) {
            if ('bytes' in one) bytes.set(one.bytes.slice(0, bytes.length - one.at), one.at);
            else if ('word' in one) bytes.writeUInt32LE(one.word, Math.min(one.at, bytes.length - 4));
            else bytes.copy(bytes, one.at, one.from, one.from + one.length);
          }
          const start = performance.now();
          outcomes.add(judge(cut === null ? bytes : bytes.subarray(0, cut)));
          longest = Math.max(longest, performance.now() - start);
        },
      ),
      { numRuns: RUNS },
    );
    expect(outcomes.size).toBeGreaterThan(5);
    expect(longest).toBeLessThan(5000);
  });
});
