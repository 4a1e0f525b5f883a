import type { Cell } from '../../pipeline/rows/row-batch.js';

/** Returns an integer with commas between thousands, and any other number with few digits. */
export function numberText(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return value.toLocaleString('en-US');
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 });
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
