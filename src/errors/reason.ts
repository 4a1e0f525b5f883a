import { types } from 'node:util';
import { messageOf } from '../text/describe.js';

/** Returns the message of a thrown value. Removes the code, call and path from the message of a system error. */
export function reasonOf(error: unknown): string {
  const words = messageOf(error);
  return isSystems(error) ? words.replace(/^[A-Z\d]+: (.*?), \w+( '.*)?$/s, '$1') : words;
}

/** Returns whether a value is an error that Node made for a failed system call. */
const isSystems = (error: unknown): boolean =>
  types.isNativeError(error) && !types.isProxy(error) && Object.hasOwn(error, 'syscall');
