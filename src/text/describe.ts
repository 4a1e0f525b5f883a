import { types } from 'node:util';

/** Characters of a text that are shown in a message. */
const MAX_TEXT = 60;

/**
 * Returns how a message describes a value of a caller: `"text"`, `5`, `a Date`. Runs none of the caller's code: no
 * getter, no proxy trap, no `toString` and no `toJSON`.
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

/** Returns the message of a thrown value, which may be of any type. Never throws. */
export function messageOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    if (thrown instanceof Error && typeof thrown.message === 'string') return thrown.message;
  } catch {
    // A getter or proxy of the value threw; describe only its kind.
  }
  return describeValue(thrown);
}

const shortened = (text: string) => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text);

/** Returns a JSON string. Bytes of file names that are not UTF-8 (see file-name.ts) are shown as `\xff`. */
const quoted = (text: string) =>
  text.length > MAX_TEXT ? `${escaped(text.slice(0, MAX_TEXT))}… (${text.length} characters)` : escaped(text);

const escaped = (text: string) => JSON.stringify(text).replace(/\\udc([89a-f][\da-f])/g, '\\x$1');

/** Returns `an array`, `a Date` or `an object`: by the class, if its name can be read without running code. */
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
  const classFunction: unknown = Object.getOwnPropertyDescriptor(prototype, 'constructor')?.value;
  if (typeof classFunction !== 'function' || types.isProxy(classFunction)) return '';
  const name: unknown = Object.getOwnPropertyDescriptor(classFunction, 'name')?.value;
  return typeof name === 'string' ? name : '';
}
