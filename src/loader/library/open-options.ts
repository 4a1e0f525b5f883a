import type { Check } from '../../arguments/argument.js';
import { boolean, callback, objectOf, optional, type Shape } from '../../arguments/checks.js';
import type { Path } from '../../arguments/paths.js';
import { type Lock, lockOrPath } from '../trust/lock-file.js';
import type { ExamineOptions } from './examine.js';

/** How to open a library. */
export interface OpenOptions extends Omit<ExamineOptions, 'lock'> {
  /** The plugins that may be opened, or the path of the file that lists them: see `plughost lock`. */
  lock?: Lock | Path | undefined;
  /** Open it even if a library with the same manifest id is open from another path. */
  allowDuplicate?: boolean | undefined;
}

/** Options of `open` that were checked: the path of a lock is text, and the lock is read later. */
export type CheckedOpenOptions = Omit<OpenOptions, 'lock'> & Pick<ExamineOptions, 'lock'>;

/** The options that `open` and `loadPlugin` share. */
export const openShape: Shape<Omit<OpenOptions, 'judge'>, CheckedOpenOptions> = {
  lock: optional(lockOrPath),
  allowWritable: optional(boolean),
  allowDuplicate: optional(boolean),
};

export const openOptions: Check<CheckedOpenOptions> = objectOf<OpenOptions, CheckedOpenOptions>(
  'an object of options',
  { ...openShape, judge: optional(callback) as Check<OpenOptions['judge']> },
);
