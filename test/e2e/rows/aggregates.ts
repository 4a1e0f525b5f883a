/** What the aggregators answer, computed in a plain way. */

export interface Stats {
  count: number;
  sum: number | undefined;
  min: number | undefined;
  max: number | undefined;
  mean: number | undefined;
}

/** Bits behind the point of the exact sum: the smallest double is worth the last one. */
const FRACTION = 1074;

/** Returns a number times 2^1074, which is whole. */
function scaled(number: number): bigint {
  const words = new BigUint64Array(new Float64Array([Math.abs(number)]).buffer);
  const bits = words[0] as bigint;
  const exponent = bits >> 52n;
  const digits = (bits & ((1n << 52n) - 1n)) | (exponent ? 1n << 52n : 0n);
  return (number < 0 ? -1n : 1n) * (digits << (exponent ? exponent - 1n : 0n));
}

/** Returns the nearest double of a fraction; of two, the one whose last bit is 0. */
export function nearestTo(numerator: bigint, denominator: bigint): number {
  const above = numerator < 0n ? -numerator : numerator;
  const bits = (of: bigint) => of.toString(2).length;
  // The quotient has 53 bits or one more, or is a multiple of the smallest double.
  let exponent = Math.max(bits(above) - bits(denominator) - 53, -FRACTION);
  const halves = (): [quotient: bigint, rest: bigint, of: bigint] => {
    const [top, of] =
      exponent < 0 ? [above << BigInt(-exponent), denominator] : [above, denominator << BigInt(exponent)];
    return [top / of, top % of, of];
  };
  if (bits(halves()[0]) > 53) exponent++;
  const [quotient, rest, of] = halves();
  const up = 2n * rest > of || (2n * rest === of && quotient % 2n === 1n);
  return (numerator < 0n ? -1 : 1) * Number(quotient + (up ? 1n : 0n)) * 2 ** exponent + 0;
}

/** Sums up exactly, and rounds the sum and the mean once each. */
export function statsOf(numbers: readonly number[]): Stats {
  if (numbers.length === 0) return { count: 0, sum: undefined, min: undefined, max: undefined, mean: undefined };
  const total = numbers.reduce((sum, number) => sum + scaled(number), 0n);
  const one = 1n << BigInt(FRACTION);
  const [min, max] = numbers.reduce(
    ([low, high], one) => [Math.min(low, one), Math.max(high, one)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const mean = nearestTo(total, one * BigInt(numbers.length));
  return { count: numbers.length, sum: nearestTo(total, one), min, max, mean };
}

/** Returns the middle of the bucket of a number above 0: an octave has 64 of them, of equal width. */
function middle(number: number, whole: boolean): number {
  const width = 2 ** (Math.floor(Math.log2(number)) - 6);
  const low = Math.floor(number / width) * width;
  if (!whole) return low + width / 2;
  const least = Math.ceil(low);
  const greatest = Math.ceil(low + width) - 1;
  return least + Math.floor((greatest - least) / 2);
}

/** Returns the answer of quantiles for one percentage, a whole number. */
export function quantileOf(numbers: readonly number[], at: number): number | undefined {
  if (numbers.length === 0) return undefined;
  const sorted = Float64Array.from(numbers).sort();
  const rank = Math.max(1, Math.ceil((sorted.length * at) / 100));
  const number = sorted[rank - 1] as number;
  const whole = numbers.every(Number.isInteger);
  if (number === 0) return 0;
  return number < 0 ? -middle(-number, whole) : middle(number, whole);
}

const MASK = (1n << 64n) - 1n;
const [A, B, C, D] = [0x6a09e667f3bcc909n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n];

/** Multiplies, and takes the exclusive or of both halves. */
function step(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product & MASK) ^ (product >> 64n);
}

/** The hash of distinct. */
function hashOf(text: string): bigint {
  const bytes = Buffer.from(text);
  const word = (at: number, length: number): bigint =>
    bytes.subarray(at, at + length).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  let state = BigInt(bytes.length) ^ A;
  let at = 0;
  for (; bytes.length - at > 16; at += 16) state = step(word(at, 8) ^ B, word(at + 8, 8) ^ state);
  const left = bytes.length - at;
  let [low, high] = [0n, 0n];
  if (left >= 4) {
    const size = left >= 8 ? 8 : 4;
    [low, high] = [word(at, size), word(bytes.length - size, size)];
  } else if (left > 0) {
    low = word(at, 1) | (word(at + (left >> 1), 1) << 8n) | (word(bytes.length - 1, 1) << 16n);
  }
  return step(step(low ^ C, high ^ state) ^ D, state ^ B);
}

/** Estimates how many texts there are by 2^14 registers. */
export function distinctOf(texts: Iterable<string>): number {
  const registers = new Uint8Array(1 << 14);
  for (const text of new Set(texts)) {
    const hash = hashOf(text);
    const index = Number(hash >> 50n);
    const rest = hash & ((1n << 50n) - 1n);
    const rank = rest === 0n ? 51 : 51 - rest.toString(2).length;
    registers[index] = Math.max(registers[index] as number, rank);
  }
  const counts = new Array<number>(52).fill(0);
  for (const rank of registers) counts[rank] = (counts[rank] as number) + 1;
  const [empty = 0] = counts;
  if (empty === registers.length) return 0;
  let sum = (counts[51] as number) / 2;
  for (let rank = 50; rank >= 1; rank--) sum = (sum + (counts[rank] as number)) / 2;
  let power = empty / registers.length;
  let series = power;
  for (let factor = 1, last = -1; series > last; factor *= 2) {
    power *= power;
    last = series;
    series += power * factor;
  }
  const all = registers.length;
  return Math.floor((0.7213475204444817 * all * all) / (sum + all * series) + 0.5);
}
