import { types } from 'node:util';

/** Characters of a text that a message has room for. */
const MAX_TEXT = 60;

/**
 * Returns what a message says of a value that a caller gave. It runs none of the caller's code: no getter, no trap of a
 * proxy, no `toString` and no `toJSON`.
 */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'bigint':
      return shortened(`${value}n`);
    case 'symbol':
      return shortened(String(value));
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'function':
      return 'a function';
    case 'object':
      return value === null ? 'null' : kindOf(value);
    default:
      return String(value);
  }
}

/** Returns the words of something that was thrown, whatever that is, and whatever its own code does. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    if (thrown instanceof Error && typeof thrown.message === 'string') return thrown.message;
  } catch {
    // A getter or a proxy that throws: its kind is all that can be said of it.
  }
  return describeValue(thrown);
}

const shortened = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** As JSON, in which what cannot be printed is escaped; bytes of names that are not UTF-8 as such (file-name.ts). */
const quoted = (text: string) =>
  text.length > MAX_TEXT ? `${escaped(text.slice(0, MAX_TEXT))}… (${text.length} characters)` : escaped(text);

const escaped = (text: string) => JSON.stringify(text).replace(/\\udc([89a-f][\da-f])/g, '\\x$1');

/** `an array`, `a Date`, `an object`: by the class, where its name can be had without running anything. */
function kindOf(value: object): string {
  if (types.isProxy(value)) return 'a Proxy';
  if (Array.isArray(value)) return 'an array';
  const name = classOf(value);
  if (name === '' || name === 'Object') return 'an object';
  return shortened(/^[aeiou]/i.test(name) && !name.startsWith('U') ? `an ${name}` : `a ${name}`);
}

function classOf(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (typeof prototype !== 'object' || prototype === null || types.isProxy(prototype)) return '';
  const made: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof made !== 'function' || types.isProxy(made)) return '';
  const name: unknown = Object.getOwnPropertyDescriptor(made, 'name')?.value;
  return typeof name === 'string' ? name : '';
}
