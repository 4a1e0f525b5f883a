/** Returns the median, or NaN if there are no numbers. */
export const median = (numbers: readonly number[]): number => quantile(numbers, 0.5);

/** Returns the quantile: the value below which this share of the numbers lies. Interpolates between two numbers. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [low = Number.NaN, high = low] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low + (high - low) * (at - Math.floor(at));
}

/** Returns the interquartile range as a share of the median. */
export const spread = (numbers: readonly number[]): number =>
  (quantile(numbers, 0.75) - quantile(numbers, 0.25)) / median(numbers);

/**
 * Returns a confidence interval of at least 95 % for the median of the distribution that the numbers are drawn from,
 * whatever that distribution is. Both ends are numbers of the sample. For fewer than six numbers returns their whole
 * range, whose confidence is lower.
 */
export function intervalOfMedian(numbers: readonly number[]): [low: number, high: number] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const n = sorted.length;
  // How many of n numbers are below the median follows the binomial distribution with p = 1/2.
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
