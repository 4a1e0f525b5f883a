import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** Somebody else could have put the library there, or could change it. Nothing of it was run. */
export class UntrustedFileError extends PlughostError {
  readonly code = 'ERR_UNTRUSTED_FILE';

  constructor(path: string, reason: string, remedy: string, details: ErrorDetails = {}) {
    super(`open plugin ${path}: ${reason}`, {
      hint: `mend it with: ${remedy}; or allow it with --allow-writable (allowWritable)`,
      ...details,
    });
  }
}

/** The lock does not have this library, or has another, or is no lock. Nothing of the library was run. */
export class LockError extends PlughostError {
  readonly code = 'ERR_LOCK';

  constructor(lock: string, reason: string, details: ErrorDetails) {
    super(`check by the lock ${lock}: ${reason}`, details);
  }
}

/** A configuration cannot be trusted: others may write it, or it is not what the user has trusted. Nothing of it is used. */
export class UntrustedConfigError extends PlughostError {
  readonly code = 'ERR_UNTRUSTED_CONFIG';

  constructor(path: string, reason: string, details: ErrorDetails) {
    super(`trust ${path}: ${reason}`, details);
  }
}
