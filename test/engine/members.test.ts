import { readdirSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lines, run } from '../../src/index.js';
import { fileOf, outputOf } from './bytes.js';
import { type Format, formatOf } from './formats.js';

/** Returns lines that compress to about half their size. The same seed gives the same lines. */
function textOf(seed: number, size: number): Buffer {
  const words: string[] = [];
  let state = seed + 1;
  for (let made = 0; made < size; made += 9) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words.push(state.toString(16).padStart(8, '0'), made % 7 === 0 ? '\n' : ' ');
  }
  return Buffer.from(`${words.join('')}\n`);
}

/** Members of several sizes: a run that one thread decodes has at least 256 KiB, so some are larger and many smaller. */
function membersOf({ encode }: Format) {
  const sizes = [0, 1, 1000, 30_000, 100_000, 100_000, 300_000, 700_000, 1_500_000];
  return sizes.map((size, seed) => {
    const text = size === 0 ? Buffer.alloc(0) : textOf(seed, size);
    return { text, stored: encode(text) };
  });
}

/** Returns what a run gives whose workers, as many as threads that decode, are that many. */
async function decoded(stored: Uint8Array, workers: number) {
  const path = fileOf(stored);
  const { output, result } = await outputOf([path], { stages: [], workers });
  const failures = result?.failures.map(({ code, message, hint }) => [code, message.replaceAll(path, 'FILE'), hint]);
  return { output, failures, bytes: result?.bytes };
}

async function expectText(stored: Buffer, text: Buffer) {
  const { output, failures, bytes } = await decoded(stored, 4);
  expect(failures).toEqual([]);
  expect(bytes).toBe(stored.length);
  expect(output.equals(text)).toBe(true);
}

const between = fc.oneof(
  { weight: 6, arbitrary: fc.constant('') },
  { weight: 1, arbitrary: fc.constantFrom('zeros', 'member inside', 'garbage') },
);
const harm = fc.oneof(
  fc.constant({ kind: 'none', at: 0, flip: 0 }),
  fc.record({
    kind: fc.constantFrom('flip', 'cut'),
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    flip: fc.integer({ min: 1, max: 255 }),
  }),
);

describe('a file of several members', () => {
  for (const { name, runs } of [
    { name: 'gzip', runs: 60 },
    { name: 'zstd', runs: 60 },
    { name: 'bzip2', runs: 5 },
    { name: 'xz', runs: 5 },
  ]) {
    const format = formatOf(name);
    it.skipIf(format.skipped)(
      `of ${name} gives the same bytes and the same failure on several threads as on one${format.skipped}`,
      async () => {
        const members = membersOf(format);
        const fillings: Record<string, Buffer> = {
          '': Buffer.alloc(0),
          zeros: Buffer.alloc(700),
          garbage: Buffer.from('no member'),
          // Its text, which is stored as it is where the format can, looks like members.
          'member inside': format.encode(Buffer.concat(members.slice(2, 6).map(({ stored }) => stored)), '-1'),
        };
        const part = fc.record({ member: fc.nat(members.length - 1), after: between });
        await fc.assert(
          fc.asyncProperty(
            fc.array(part, { minLength: 1, maxLength: 12 }),
            harm,
            fc.integer({ min: 2, max: 5 }),
            async (parts, { kind, at, flip }, workers) => {
              const first = members[6]?.stored ?? Buffer.alloc(0);
              let stored = Buffer.concat([
                first,
                ...parts.flatMap(({ member, after }) => [
                  members[member]?.stored ?? Buffer.alloc(0),
                  fillings[after] ?? Buffer.alloc(0),
                ]),
              ]);
              const place = 10 + Math.floor(at * (stored.length - 10));
              if (kind === 'cut') stored = stored.subarray(0, place);
              if (kind === 'flip') stored[place] = (stored[place] ?? 0) ^ flip;
              const serial = await decoded(stored, 1);
              const parallel = await decoded(stored, workers);
              expect(parallel.failures).toEqual(serial.failures);
              expect(parallel.output.equals(serial.output)).toBe(true);
              expect(parallel.bytes).toBe(serial.bytes);
              if (kind === 'none' && parts.every(({ after }) => after === '' || after === 'zeros')) {
                const texts = [members[6]?.text, ...parts.map(({ member }) => members[member]?.text)];
                expect(parallel.output.equals(Buffer.concat(texts.map((text) => text ?? Buffer.alloc(0))))).toBe(true);
              }
            },
          ),
          { numRuns: runs },
        );
      },
      60_000,
    );
  }

  it('is not misled by members that stand inside of another one', async () => {
    const inner = [3, 4, 5].map((seed) => gzipSync(textOf(seed, 400_000)));
    const text = Buffer.concat([...inner, ...inner, ...inner, Buffer.from('\n')]);
    const first = textOf(1, 700_000);
    const stored = Buffer.concat([gzipSync(first), gzipSync(text, { level: 0 }), gzipSync(first)]);
    await expectText(stored, Buffer.concat([first, text, first]));
  });

  const zstd = formatOf('zstd');
  it.skipIf(zstd.skipped)(`is decoded on one thread where each member takes much memory${zstd.skipped}`, async () => {
    const texts = [1, 2, 3, 4, 5, 6].map((seed) => textOf(seed, 700_000));
    const stored = Buffer.concat(texts.map((text, i) => zstd.encode(text, i % 3 === 2 ? '--fast' : '--long=24')));
    await expectText(stored, Buffer.concat(texts));
  });

  it('gives blocks that are the pieces in which it was decoded ahead, not copied together', async () => {
    // As it is stored, a member has more than 256 KiB, so one thread decodes it alone: a piece of 256 KiB, and the rest.
    const members = 20;
    const text = `${'x'.repeat(63)}\n`.repeat((300 << 10) / 64);
    const stored = Buffer.concat(Array(members).fill(gzipSync(text, { level: 0 })));
    const { blocks } = await run([fileOf(stored)], { stages: [], workers: 2 });
    // Copied text fills blocks of 256 KiB. There would be 24.
    expect(blocks).toBe(2 * members);
  });

  it('is decoded on several threads, and a file of one member is not', async () => {
    const threads = () => readdirSync('/proc/self/task').length;
    const text = textOf(1, 900_000);
    const one = gzipSync(Buffer.concat(Array(8).fill(text)));
    const several = Buffer.concat(Array(8).fill(gzipSync(text)));
    const reading = (stored: Buffer) => lines([fileOf(stored)], { stages: [], workers: 3 });
    let before = threads();
    let most = 0;
    for await (const _ of reading(one)) most = Math.max(most, threads() - before);
    // Three workers and the thread that reads ahead.
    expect(most).toBeLessThanOrEqual(4);
    before = threads();
    for await (const _ of reading(several)) {
      // The run waits while its batch is not taken, and so do the three threads that decode ahead.
      while (threads() - before < 7) await setTimeout(5);
      break;
    }
  });
});
