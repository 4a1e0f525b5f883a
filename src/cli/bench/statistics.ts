/** What lies in the middle of the numbers; of none, NaN. */
export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** Below which this share of the numbers lies, in between two of them where it must be. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low = Number.NaN, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** How far the middle half of the numbers is spread, as a share of their median. */
export const spread = (numbers: readonly number[]): number =>
  (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / median(numbers);

/**
 * Where the median of what the numbers are drawn from lies in at least 19 of 20 cases, whatever their distribution: two
 * of the numbers themselves. Of fewer than six it is all that they span, which is right less often.
 */
export function intervalOfMedian(numbers: readonly number[]): [low: number, high: number] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const n = sorted.length;
  // That many of n fall below the median is as likely as that many heads of n coins.
  let likely = 0.5 ** n;
  let outside = 2 * likely;
  let cut = 0;
  for (; cut + 1 < n / 2; cut++) {
    likely *= (n - cut) / (cut + 1);
    outside += 2 * likely;
    if (outside > 0.05) break;
  }
  return [sorted[cut] ?? Number.NaN, sorted[n - 1 - cut] ?? Number.NaN];
}
