import { spawn } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineTooLongError } from '../../src/index.js';
import { fifo, fileOf, joined, linesOf, outputOf, settings } from './bytes.js';

const logs = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.integer({ min: 0, max: 12 }) },
      { weight: 1, arbitrary: fc.integer({ min: 0, max: 3000 }) },
    ),
    { maxLength: 40 },
  )
  .chain((lengths) =>
    fc.record({
      lines: fc.constant(lengths.map((length, i) => Buffer.alloc(length, 97 + (i % 26)))),
      ended: fc.boolean(),
    }),
  )
  .map(({ lines, ended }) => {
    const bytes = joined(lines);
    return ended ? bytes : bytes.subarray(0, Math.max(0, bytes.length - 1));
  });
const limits = fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 13, max: 2000 }));

/** Splits a line into pieces of `limit` bytes. */
function pieces(line: Buffer, limit: number): Buffer[] {
  if (line.length <= limit) return [line];
  return Array.from({ length: Math.ceil(line.length / limit) }, (_, i) => line.subarray(i * limit, (i + 1) * limit));
}

describe('a line over the limit', () => {
  it('ends the run after the lines before it', async () => {
    await fc.assert(
      fc.asyncProperty(logs, limits, settings, async (bytes, maxLine, setting) => {
        const lines = linesOf(bytes);
        const first = lines.findIndex(({ length }) => length > maxLine);
        const { output, error } = await outputOf([fileOf(bytes)], { maxLine, ...setting });
        expect(output.equals(joined(first < 0 ? lines : lines.slice(0, first)))).toBe(true);
        expect(error instanceof LineTooLongError).toBe(first >= 0);
      }),
      { numRuns: 300 },
    );
  });

  it('is left out when it is to be skipped, and counted', async () => {
    await fc.assert(
      fc.asyncProperty(logs, limits, settings, async (bytes, maxLine, setting) => {
        const lines = linesOf(bytes);
        const short = lines.filter(({ length }) => length <= maxLine);
        const { output, result } = await outputOf([fileOf(bytes)], { maxLine, longLines: 'skip', ...setting });
        expect(output.equals(joined(short))).toBe(true);
        expect(result?.longLines).toBe(lines.length - short.length);
        expect(result?.bytes).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });

  it('is cut when it is to be split, and counted once', async () => {
    await fc.assert(
      fc.asyncProperty(logs, limits, settings, async (bytes, maxLine, setting) => {
        const lines = linesOf(bytes);
        const { output, result } = await outputOf([fileOf(bytes)], { maxLine, longLines: 'split', ...setting });
        expect(output.equals(joined(lines.flatMap((line) => pieces(line, maxLine))))).toBe(true);
        expect(result?.longLines).toBe(lines.filter(({ length }) => length > maxLine).length);
        expect(result?.bytes).toBe(bytes.length);
      }),
      { numRuns: 300 },
    );
  });

  it('takes no more memory than the limit, however long it is', async () => {
    const pipe = fifo();
    const child = spawn('sh', ['-c', `(echo a; head -c 300000000 /dev/zero; echo; echo b) > ${pipe}`]);
    const before = process.memoryUsage().rss;
    const { output, result } = await outputOf([pipe], { maxLine: 1 << 20, longLines: 'skip' });
    expect([output.toString(), result?.longLines]).toEqual(['a\nb\n', 1]);
    expect(process.memoryUsage().rss - before).toBeLessThan(60 << 20);
    child.kill();
  });

  it('keeps its number in the labels of the lines after it', async () => {
    const { output } = await outputOf([fileOf(Buffer.from('a\nlonglong\nb\n'))], {
      maxLine: 3,
      longLines: 'skip',
      print: { numbers: true },
    });
    expect(output.toString()).toBe('1:a\n3:b\n');
  });
});
