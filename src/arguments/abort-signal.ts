import { types } from 'node:util';
import type { Check } from './argument.js';

/** Checks an AbortSignal. Refuses objects that only look like one, because they would never fire. */
export const abortSignal: Check<AbortSignal> = (value, argument) => {
  const wanted = 'an AbortSignal';
  if (value instanceof AbortController) throw argument.wrong(wanted, value, 'write: controller.signal');
  if (!(value instanceof AbortSignal) || types.isProxy(value)) throw argument.wrong(wanted, value);
  try {
    Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')?.get?.call(value);
  } catch (cause) {
    throw argument.error(`${wanted} is needed, not what was only made to look like one`, undefined, cause);
  }
  return value;
};
