import { AddonMismatchError } from '../errors/index.js';
import { ENUMS } from './enums.js';

/** The C++ name of an enumeration whose values cross the border between native code and TypeScript. */
export type EnumName = keyof typeof ENUMS;

/** The name of a value of an enumeration. */
export type EnumValue<E extends EnumName> = (typeof ENUMS)[E][number];

/**
 * Returns the name of a value that native code gave by its number. An addon of another build may know other values.
 * @throws AddonMismatchError
 */
export function knownAt<E extends EnumName>(name: E, index: number): EnumValue<E> {
  const value = ENUMS[name][index];
  if (value === undefined) throw new AddonMismatchError(name, String(index));
  return value as EnumValue<E>;
}

/**
 * Returns the name of a value as native code gave it, once it is known that the enumeration has it. An addon of another
 * build may know other values, which no table here has an entry for.
 * @throws AddonMismatchError
 */
export function known<E extends EnumName>(name: E, value: string): EnumValue<E> {
  const values: readonly string[] = ENUMS[name];
  if (!values.includes(value)) throw new AddonMismatchError(name, value);
  return value as EnumValue<E>;
}
