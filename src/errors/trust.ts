import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** Other users could have placed the library or could change it. None of its code has run. */
export class UntrustedFileError extends PlughostError {
  readonly code = 'ERR_UNTRUSTED_FILE';

  constructor(path: string, reason: string, remedy: string, details: ErrorDetails = {}) {
    super(`open plugin ${path}: ${reason}`, {
      hint: `mend it with: ${remedy}; or allow it with --allow-writable (allowWritable)`,
      ...details,
    });
  }
}

/** The lock does not list this library, lists other bytes, or is not a lock. None of the library's code has run. */
export class LockError extends PlughostError {
  readonly code = 'ERR_LOCK';

  constructor(lock: string, reason: string, details: ErrorDetails) {
    super(`check by the lock ${lock}: ${reason}`, details);
  }
}

/** Other users may write a configuration, or the user has not trusted its content. Nothing of it is used. */
export class UntrustedConfigError extends PlughostError {
  readonly code = 'ERR_UNTRUSTED_CONFIG';

  constructor(path: string, reason: string, details: ErrorDetails) {
    super(`trust ${path}: ${reason}`, details);
  }
}
