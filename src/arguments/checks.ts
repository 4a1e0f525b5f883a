import { describeValue } from '../text/describe.js';
import type { Check } from './argument.js';

export const boolean: Check<boolean> = (value, argument) => {
  if (typeof value !== 'boolean') throw argument.wrong('true or false', value);
  return value;
};

export const text: Check<string> = (value, argument) => {
  if (typeof value !== 'string') throw argument.wrong('text', value);
  return value;
};

type AnyFunction = (...args: never[]) => unknown;

export const callback: Check<AnyFunction> = (value, argument) => {
  if (typeof value !== 'function') throw argument.wrong('a function', value);
  return value as AnyFunction;
};

/** Accepts any value, because a later step checks it. */
export const anything: Check<unknown> = (value) => value;

export const wholeNumber =
  (least: number, most: number): Check<number> =>
  (value, argument) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value + 0;
    throw argument.wrong(`a whole number from ${least} to ${most}`, value);
  };

/** Milliseconds in a day, the longest time limit of a call. */
const DAY = 86_400_000;

/** Checks a time in milliseconds, which may have a fraction. */
export const milliseconds =
  (least: number): Check<number> =>
  (value, argument) => {
    if (typeof value === 'number' && value >= least && value <= DAY) return value + 0;
    const hint = value === Number.POSITIVE_INFINITY && least === 0 ? '0 is no limit' : undefined;
    throw argument.wrong(`a number of milliseconds from ${least} to ${DAY}`, value, hint);
  };

export const oneOf =
  <const T extends string>(...choices: readonly T[]): Check<T> =>
  (value, argument) => {
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw argument.wrong(`one of ${choices.map(describeValue).join(', ')}`, value);
    return found;
  };

export const optional =
  <T>(check: Check<T>): Check<T | undefined> =>
  (value, argument) =>
    value === undefined ? undefined : check(value, argument);

/** The longest list that is accepted. */
const MAX_ITEMS = 1 << 24;

/** Checks each item of a list. Stops at the first wrong item, so a long sparse list costs nothing. */
export const listOf =
  <T>(what: string, check: Check<T>): Check<T[]> =>
  (value, argument) => {
    if (!Array.isArray(value)) throw argument.wrong(`a list of ${what}`, value, hintForList(value));
    const { length } = value;
    if (!(length <= MAX_ITEMS)) throw argument.error(`a list of at most ${MAX_ITEMS} ${what} is needed`);
    const result: T[] = [];
    for (let i = 0; i < length; i++) result.push(check(value[i], argument.at(i)));
    return result;
  };

const hintForList = (value: unknown) => (typeof value === 'string' ? `write: [${describeValue(value)}]` : undefined);

/** A check for each option. `Given` is what callers write, `Taken` what the checks return. */
export type Shape<Given, Taken = Given> = {
  readonly [Key in keyof Given]-?: Check<Key extends keyof Taken ? Taken[Key] : never>;
};

/**
 * Checks an object of options, all of whose keys must be known. Refuses objects of other kinds, such as a list, a Map
 * or a Date, which would pass as options without keys.
 */
export function objectOf<Given extends object, Taken extends object = Given>(
  what: string,
  shape: Shape<Given, Taken>,
): Check<Taken> {
  const checks = shape as Readonly<Record<string, Check<unknown>>>;
  const keys = Object.keys(checks);
  return (value, argument) => {
    if (!isObject(value)) throw argument.wrong(what, value);
    for (const key of Object.keys(value)) if (!Object.hasOwn(checks, key)) throw argument.unknown(key, keys);
    const result: Record<string, unknown> = {};
    for (const key of keys) {
      const one = checks[key]?.(value[key], argument.at(key));
      if (one !== undefined) result[key] = one;
    }
    return result as Taken;
  };
}

/** Returns whether a value can be an object of options. */
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]';

/** Returns whether a value is a plain object, not an instance of a class. */
export function isPlain(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
