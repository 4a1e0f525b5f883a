import { types } from 'node:util';
import { messageOf } from '../text/describe.js';

/** The words of an unknown thing that was thrown; of a system's error without its code, call and path. */
export function reasonOf(error: unknown): string {
  const words = messageOf(error);
  return isSystems(error) ? words.replace(/^[A-Z\d]+: (.*?), \w+( '.*)?$/s, '$1') : words;
}

/** Whether it is an error of the system, as Node makes them. */
const isSystems = (error: unknown): boolean =>
  types.isNativeError(error) && !types.isProxy(error) && Object.hasOwn(error, 'syscall');
