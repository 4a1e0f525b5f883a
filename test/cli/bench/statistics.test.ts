import { describe, expect, it } from 'vitest';
import { intervalOfMedian, median, quantile, spread } from '../../../src/cli/bench/statistics.js';

const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

/** Returns how often the median lies between number k + 1 and number n - k of n, by counting all outcomes of n coins. */
function coverage(n: number, k: number): number {
  let inside = 0;
  for (let coins = 0; coins < 2 ** n; coins++) {
    let below = 0;
    for (let bits = coins; bits > 0; bits &= bits - 1) below++;
    if (below > k && below < n - k) inside++;
  }
  return inside / 2 ** n;
}

describe('the statistics of a bench', () => {
  it('finds the median and the quartiles, between two numbers where it must be', () => {
    expect([median([5]), median([9, 1]), median([3, 1, 2]), median([4, 1, 3, 2])]).toEqual([5, 5, 2, 2.5]);
    expect([quantile(upTo(5), 0.25), quantile(upTo(5), 0.75), quantile([10, 20], 0.25)]).toEqual([2, 4, 12.5]);
  });

  it('gives as the spread what the middle half spans, as a share of the median', () => {
    expect(spread([90, 95, 100, 105, 1000])).toBeCloseTo(0.1);
    expect(spread([7, 7, 7])).toBe(0);
  });

  it('gives an interval that holds the median in 19 of 20 cases, and no wider one than that takes', () => {
    for (let n = 1; n <= 16; n++) {
      const [low, high] = intervalOfMedian(upTo(n).reverse());
      const cut = low - 1;
      expect(high, `of ${n}`).toBe(n - cut);
      if (n >= 6) expect(coverage(n, cut), `of ${n}`).toBeGreaterThanOrEqual(0.95);
      else expect(cut).toBe(0);
      if (n > 2) expect(coverage(n, cut + 1), `of ${n}`).toBeLessThan(0.95);
    }
  });

  it('works with many runs', () => {
    // The ranks in tables of the binomial distribution.
    expect(intervalOfMedian(upTo(100))).toEqual([40, 61]);
    const [low, high] = intervalOfMedian(upTo(1000));
    expect([low, high]).toEqual([469, 532]);
  });
});
