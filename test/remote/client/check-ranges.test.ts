import fc from 'fast-check';
import { expect, test } from 'vitest';
import { faultOfKept, type Range, rangesOf } from '../../../src/remote/client/check-ranges.js';

test('gaps and lengths become ranges, or are refused', () => {
  expect(rangesOf([], 0)).toEqual([]);
  expect(rangesOf([0, 2, 3, 1], 6)).toEqual([
    { begin: 0, end: 2 },
    { begin: 5, end: 6 },
  ]);
  expect(rangesOf([1], 6)).toBe('a range has no length');
  expect(rangesOf([0, 0], 6)).toBe('a range is empty');
  expect(rangesOf([0, 7], 6)).toBe('a range ends outside of the block');
  expect(rangesOf([2 ** 32 - 1, 2 ** 32 - 1], 6)).toBe('a range ends outside of the block');
});

/** The lines of a block as ranges. */
function linesOf(block: Uint8Array): Range[] {
  const lines: Range[] = [];
  for (let begin = 0; begin < block.length; ) {
    const newline = block.indexOf(10, begin);
    const end = newline < 0 ? block.length : newline + 1;
    lines.push({ begin, end });
    begin = end;
  }
  return lines;
}

test('exactly whole lines that were asked about are accepted', () => {
  const bytes = fc.uint8Array({ min: 9, max: 11, maxLength: 12 });
  const ends = fc.array(fc.nat(12), { maxLength: 6 });
  fc.assert(
    fc.property(bytes, fc.array(fc.boolean(), { maxLength: 12 }), ends, (block, chosen, places) => {
      const asked = linesOf(block).filter((_, i) => chosen[i]);
      const sorted = [...new Set(places.filter((place) => place <= block.length))].sort((a, b) => a - b);
      const kept = sorted.flatMap((begin, i) =>
        i % 2 === 0 && sorted[i + 1] ? [{ begin, end: sorted[i + 1] as number }] : [],
      );
      // By definition: every range is a run of lines, each of which was asked about.
      const isLine = (range: Range) => asked.some(({ begin, end }) => begin === range.begin && end === range.end);
      const possible = kept.every((range) => {
        const lines = linesOf(block).filter(({ begin, end }) => begin < range.end && end > range.begin);
        return lines[0]?.begin === range.begin && lines.at(-1)?.end === range.end && lines.every(isLine);
      });
      const joined: Range[] = [];
      for (const { begin, end } of asked) {
        const last = joined.at(-1);
        if (last?.end === begin) last.end = end;
        else joined.push({ begin, end });
      }
      expect(faultOfKept(block, joined, kept) === undefined).toBe(possible);
    }),
    { numRuns: 2000 },
  );
});
