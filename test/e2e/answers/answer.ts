// What an answer is, whoever gives it: rows of texts, in their order. A number is as JavaScript writes it, a time is
// nanoseconds since 1970, and no value is null.
import type { Log } from './logs.js';
import type { Key, Measure, Question } from './questions.js';

export type Cell = string | null;
export type Rows = Cell[][];

/** Returns the nanoseconds since 1970 of a time such as 2015-05-17T10:05:03.123456789Z. */
export function nanosecondsOf(time: string): string {
  const [, seconds, fraction = ''] = /^(.*?)(?:\.(\d{1,9}))?Z$/.exec(time) ?? [];
  const milliseconds = Date.parse(`${seconds}Z`);
  if (Number.isNaN(milliseconds)) throw new Error(`${time} is no time`);
  return `${BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))}`;
}

/** Returns what a value of JSON is in an answer. */
export const cellOf = (value: unknown, isTime = false): Cell =>
  value === null || value === undefined ? null : isTime ? nanosecondsOf(`${value}`) : `${value}`;

/** Returns which columns of the answer are times. */
export function timesOf(log: Log, { by, measure }: Question): boolean[] {
  const isTime = (column: string) => log.columns[column] === 'time';
  if (!measure) return Object.keys(log.columns).map(isTime);
  return by.map(({ column, step }: Key) => isTime(column) && step !== undefined);
}

/** Orders text by its bytes; a number by its size; no value first. */
function byKey(a: Cell | undefined, b: Cell | undefined, isNumber: boolean): number {
  if (a === b) return 0;
  if (a === null || a === undefined) return -1;
  if (b === null || b === undefined) return 1;
  return isNumber ? Number(a) - Number(b) : Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Puts the rows of a tool that has an order of its own, or none, into the order that plughost promises. */
export function ordered(rows: Rows, log: Log, question: Question): Rows {
  if (!question.measure) return rows;
  const { by, top } = question;
  const numbers = by.map(({ column, step }) => step !== undefined || log.columns[column] === 'integer');
  const sorted = rows.toSorted((a, b) => {
    if (top && a[by.length] !== b[by.length]) return Number(b[by.length]) - Number(a[by.length]);
    for (const [i, isNumber] of numbers.entries()) {
      const order = byKey(a[i], b[i], isNumber);
      if (order !== 0) return order;
    }
    return 0;
  });
  return top ? sorted.slice(0, top) : sorted;
}

/** Says whether a value is what plughost promises of another one that is exact. */
function isWithin(given: Cell | undefined, exact: Cell | undefined, measure: Measure | undefined): boolean {
  if (given === exact) return true;
  if (given === null || given === undefined || exact === null || exact === undefined) return false;
  const [one, other] = [Number(given), Number(exact)];
  // At most 1/128 away, and whole numbers up to 128 are exact.
  if (measure?.of === 'quantiles') return Math.abs(other) > 128 && Math.abs(one - other) <= Math.abs(other) / 128;
  // Four times the standard error. Of a hundred values two pairs may share a register each.
  if (measure?.of === 'distinct') return Math.abs(one - other) <= Math.max(4 * 0.0081 * other, other < 50 ? 1 : 3);
  return false;
}

/** Returns the first difference of two answers in words; nothing if plughost's is right. */
export function difference(given: Rows, exact: Rows, { by, measure }: Question): string | undefined {
  for (let i = 0; i < Math.max(given.length, exact.length); i++) {
    const [one, other] = [given[i], exact[i]];
    const same =
      one?.length === other?.length &&
      one?.every((cell, at) => (at < by.length ? cell === other?.[at] : isWithin(cell, other?.[at], measure)));
    if (!same) return `row ${i + 1}: ${JSON.stringify(one)} and not ${JSON.stringify(other)}`.slice(0, 600);
  }
  return undefined;
}
