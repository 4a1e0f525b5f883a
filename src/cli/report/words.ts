import type { Cell } from '../../pipeline/rows/row-batch.js';

/** The most digits of a number that is not whole, and of its fraction. */
const [DIGITS, DECIMALS] = [6, 6];

/** Returns an integer with commas between thousands, and any other number with few digits. */
export function numberText(value: number | bigint): string {
  // The texts are those of toLocaleString('en-US'), which takes 25 ms the first time.
  if (typeof value === 'bigint') return withCommas(String(value));
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS));
  // Others are written with an exponent.
  if (!(Math.abs(rounded) < 1e21)) return rounded.toLocaleString('en-US');
  if (Number.isInteger(rounded)) return withCommas(String(rounded));
  return `${value < 0 ? '-' : ''}${decimalOf(Math.abs(rounded))}`;
}

const withCommas = (digits: string): string => digits.replace(/\B(?=(\d{3})+$)/g, ',');

/** Returns a positive number below a million that is not whole, rounded to DECIMALS. A half is rounded up. */
function decimalOf(value: number): string {
  // Smaller numbers are written with an exponent, and all are rounded to 0 or to 0.000001.
  if (value < 1e-6) return value < 5e-7 ? '0' : '0.000001';
  const [whole = '', fraction = ''] = String(value).split('.');
  const last = fraction[DECIMALS] ?? '0';
  const kept = BigInt(fraction.slice(0, DECIMALS).padEnd(DECIMALS, '0')) + (last >= '5' ? 1n : 0n);
  return `${withCommas(whole)}.${String(kept).padStart(DECIMALS, '0').replace(/0+$/, '')}`;
}

/** Returns nanoseconds since 1970 as date and time in UTC, to the second. */
export const timeText = (ns: bigint): string =>
  `${new Date(Number(ns / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** Returns a value as text. */
export function cellText(cell: Cell, isTime = false): string {
  if (cell === null) return '(none)';
  if (isTime && typeof cell === 'bigint') return timeText(cell);
  if (typeof cell === 'number' || typeof cell === 'bigint') return String(cell);
  return cell === '' ? '(empty)' : String(cell);
}

/** Returns a part of a whole in percent. */
export const shareText = (part: number, whole: number): string =>
  whole === 0 ? '' : `${((100 * part) / whole).toFixed(part > 0 && part / whole < 0.01 ? 2 : 1)} %`;
