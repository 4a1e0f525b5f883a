import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PlughostError } from '../../src/errors.js';
import { inspect } from '../../src/inspect/inspect.js';
import { findNeeded } from '../../src/inspect/needed.js';
import { include, makeScratch } from '../helpers/compile.js';

// Real libraries with bytes changed, moved and cut off. More of them: npm run fuzz:inspect

const RUNS = Number(process.env.PLUGHOST_MUTATIONS ?? 2000);

const scratch = makeScratch();
const source = join(scratch, 'mutated.c');
writeFileSync(
  source,
  `#include <plughost/plughost.h>
   PLUG_MANIFEST({ "id": "a.b" })
   PLUG_EXPORT int run(void) { return 1; }`,
);
const path = join(scratch, 'mutated');

/** The result or the coded error; everything else fails the test. */
function judge(bytes: Uint8Array): string {
  writeFileSync(path, bytes);
  try {
    const inspection = inspect(path);
    findNeeded(path, inspection);
    return `${inspection.symbols.length} symbols`;
  } catch (error) {
    if (error instanceof PlughostError) return error.message;
    throw error;
  }
}

const word = fc.constantFrom(0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff);

describe.each([
  { format: 'ELF', compiler: ['cc', '-s'] },
  { format: 'PE', compiler: ['x86_64-w64-mingw32-gcc', '-s'] },
  { format: 'PE of 32 bits', compiler: ['i686-w64-mingw32-gcc', '-s'] },
  { format: 'Mach-O', compiler: ['zig', 'cc', '-target', 'x86_64-macos'] },
])('$format', ({ format, compiler }) => {
  const [command = '', ...first] = compiler;
  const missing = spawnSync(command, ['--version']).error ? ` (skipped: there is no ${command})` : '';
  const title = `changed ${RUNS} times gives a result or a coded error${missing}`;
  test.skipIf(missing)(title, { timeout: 180_000 + RUNS * 20 }, () => {
    const built = join(scratch, `${format}.library`);
    execFileSync(command, [...first, '-shared', '-fPIC', `-I${include}`, '-o', built, source], { stdio: 'pipe' });
    const real = readFileSync(built);
    const place = fc.oneof({ weight: 3, arbitrary: fc.nat(0x600) }, { weight: 1, arbitrary: fc.nat(real.length - 1) });
    const change = fc.oneof(
      fc.record({ at: place, bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }) }),
      fc.record({ at: place.map((at) => at & ~3), word }),
      fc.record({ at: place, from: place, length: fc.nat(64) }),
    );
    const outcomes = new Set([judge(real)]);
    expect([...outcomes][0]).toMatch(/^[2-9] symbols$/);
    let longest = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.option(fc.nat(real.length)), (changes, cut) => {
        const bytes = Buffer.from(real);
        for (const one of changes) {
          if ('bytes' in one) bytes.set(one.bytes.slice(0, bytes.length - one.at), one.at);
          else if ('word' in one) bytes.writeUInt32LE(one.word, Math.min(one.at, bytes.length - 4));
          else bytes.copy(bytes, one.at, one.from, one.from + one.length);
        }
        const start = performance.now();
        outcomes.add(judge(cut === null ? bytes : bytes.subarray(0, cut)));
        longest = Math.max(longest, performance.now() - start);
      }),
      { numRuns: RUNS },
    );
    expect(outcomes.size).toBeGreaterThan(5);
    expect(longest).toBeLessThan(5000);
  });
});
