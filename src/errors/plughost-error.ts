import { cleaned } from '../text/printable.js';

/** What every error of plughost takes beside its own facts: the first reason, and a sentence that says what to do. */
export interface ErrorDetails {
  cause?: unknown;
  hint?: string;
}

/**
 * The base of every error that plughost throws. The message says what failed, on what, and why; `hint` says what to do;
 * `code` is stable and listed in docs/errors.md; `cause` leads to the first reason.
 */
export abstract class PlughostError extends Error {
  abstract readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, { cause, hint }: ErrorDetails = {}) {
    super(cleaned(message), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint && cleaned(hint);
  }
}
