/** Options that every error of plughost takes: the cause, and a sentence that says what to do. */
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
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** The native addon is missing or was built for another machine. */
export class AddonMissingError extends PlughostError {
  readonly code = 'ERR_ADDON_MISSING';

  constructor(path: string, details: ErrorDetails) {
    super(`load the native addon: ${path}: ${details.cause instanceof Error ? details.cause.message : 'not usable'}`, {
      hint: 'build it with: npm run build',
      ...details,
    });
  }
}
