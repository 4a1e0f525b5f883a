import type { Cell } from '../../pipeline/rows/row-batch.js';
import type { Zone } from '../../pipeline/rows/zone.js';

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

/** A filter that rows have passed. */
interface PassedFilter {
  id: string;
  config: unknown;
  invert: boolean;
}

/** Says that lines which were read are not all counted. Without filters it says nothing. @param lines whether filters of lines stand before them */
export function filterSentence(rows: number, filters: readonly PassedFilter[], lines = false): string[] {
  const left = [
    ...(lines ? ['stages before the parser'] : []),
    ...filters.map(({ id, config, invert }) => `${invert ? 'not ' : ''}${nameOf(id)} ${optionsText(config)}`),
  ];
  if (left.length === 0) return [];
  return [`${numberText(rows)} ${rows === 1 ? 'line is' : 'lines are'} counted: what is left by ${left.join(', ')}.`];
}

/** Returns the condition of `where`, and the options of any other filter. */
function optionsText(config: unknown): string {
  const { expr, ...others } = config as Record<string, unknown>;
  return typeof expr === 'string' && Object.keys(others).length === 0 ? expr : JSON.stringify(config);
}

/** Returns the name of a plugin by its id. */
export const nameOf = (id: string): string => id.replace(/^org\.plughost\./, '');

const SECOND = 1_000_000_000n;

/** Returns nanoseconds since 1970 as date and time to the second, and how far that is ahead of UTC. */
export function timeText(ns: bigint, zone?: Zone): string {
  const second = Number((ns - (((ns % SECOND) + SECOND) % SECOND)) / SECOND);
  const offset = zone?.offsetAt(second) ?? 0;
  const text = new Date((second + offset) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return `${text} ${zone ? offsetText(offset / 60) : 'UTC'}`;
}

function offsetText(minutes: number): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const size = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${two(Math.floor(size / 60))}:${two(size % 60)}`;
}

/** The most characters of a value: a panel must not be one stack trace. */
const MOST_SHOWN = 300;

/** Returns a value as text. */
export function cellText(cell: Cell, isTime = false, zone?: Zone): string {
  if (cell === null) return '(none)';
  if (isTime && typeof cell === 'bigint') return timeText(cell, zone);
  if (cell === '') return '(empty)';
  const text = String(cell);
  if (text.length > MOST_SHOWN) {
    // Half of a character is none.
    const begin = text.slice(0, MOST_SHOWN).replace(/[\ud800-\udbff]$/, '');
    return `${begin}… (${numberText(text.length)} characters)`;
  }
  return text.trim() === text ? text : `"${text}"`;
}

/** Returns a part of a whole in percent. */
export const shareText = (part: number, whole: number): string =>
  whole === 0 ? '' : `${((100 * part) / whole).toFixed(part > 0 && part / whole < 0.01 ? 2 : 1)} %`;
