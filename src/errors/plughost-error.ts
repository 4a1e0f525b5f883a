import { cleaned } from '../text/printable.js';

/** Details of any error: its cause, and a hint that says what to do. */
export interface ErrorDetails {
  cause?: unknown;
  hint?: string;
}

/**
 * The base class of all errors that plughost throws. The message says what failed, on what, and why. `hint` says what
 * to do. `code` is stable and listed in docs/errors.md. `cause` is the error that led to this one.
 */
export abstract class PlughostError extends Error {
  abstract readonly code: string;
  /** Not even a property without a value, where there is none: a console would print it. */
  declare readonly hint: string | undefined;

  constructor(message: string, { cause, hint }: ErrorDetails = {}) {
    super(cleaned(message), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    if (hint) this.hint = cleaned(hint);
  }
}
