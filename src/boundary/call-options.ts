import { abortSignal } from '../arguments/abort-signal.js';
import type { Check } from '../arguments/argument.js';
import { milliseconds, objectOf, optional } from '../arguments/checks.js';
import type { CallOptions } from './boundary.js';

export const callOptions: Check<CallOptions> = objectOf<CallOptions>('an object of options', {
  signal: optional(abortSignal),
  timeout: optional(milliseconds(0)),
});
