import { readQuoted, splitNames } from '../../text/quoted-name.js';
import type { Refuse } from './flag.js';

// Readers of values. Each returns the value, or refuses it.

export const text = (value: string): string => value;

/** One of the choices of the row, which the parser has checked. */
export const choice =
  <T extends string>() =>
  (value: string): T =>
    value as T;

export const wholeNumber =
  (least: number, most: number) =>
  (value: string, refuse: Refuse): number => {
    const number = /^\d+$/.test(value) ? Number(value) : -1;
    if (number >= least && number <= most) return number;
    return refuse(`a whole number from ${least} to ${most} is needed`);
  };

/** A time such as 10 or 0.5, at most a day. */
export function seconds(value: string, refuse: Refuse): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : 0;
  if (number > 0 && number <= 86_400) return number;
  return refuse('seconds are needed, from 0.001 to 86400');
}

const UNITS: Record<string, number> = { '': 1, K: 1 << 10, M: 1 << 20, G: 1 << 30 };

/** A size in bytes, such as 64K or 16M. The default maximum is 1G, because offsets inside a block are 32 bits wide. */
export const bytes =
  (most = 1 << 30) =>
  (value: string, refuse: Refuse): number => {
    const parts = /^(\d+)([KMG]?)$/i.exec(value);
    const number = parts ? Number(parts[1]) * (UNITS[(parts[2] ?? '').toUpperCase()] ?? 1) : 0;
    if (number >= 1 && number <= most) return number;
    return refuse(`a size from 1 to ${most / (1 << 30)}G is needed, such as 64K`);
  };

/** Reads names separated by commas. Backquotes stay around the names that have them. */
export function names(value: string, refuse: Refuse): string[] {
  const list = splitNames(value);
  if (list.some((name) => /^-?`/.test(name) && !readQuoted(name.replace(/^-/, ''))))
    refuse('a name that begins with a backquote ends with one', 'a backquote in it stands behind a backslash');
  if (list.some((name) => name === '' || name === '-'))
    refuse('the name of a column is needed, or several with commas between them');
  return list;
}
