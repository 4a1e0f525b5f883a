import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** An input cannot be opened or read. */
export class InputError extends PlughostError {
  readonly code = 'ERR_INPUT';

  constructor(name: string, operation: string, reason: string, details: ErrorDetails = {}) {
    super(`${operation} ${name}: ${reason}`, details);
  }
}

/** A compressed input is damaged, ends early or needs too much memory to decode. The data before that were used. */
export class DecodeError extends PlughostError {
  readonly code = 'ERR_DECODE';

  /** @param offset bytes from the start of the compressed file */
  constructor(name: string, format: string, reason: string, offset: number, details: ErrorDetails = {}) {
    super(`decode ${name}: ${format}: ${reason}, at byte ${offset} of the file`, {
      hint: 'what could be decoded was used; fetch the file again, or see what is wrong with it',
      ...details,
    });
  }
}

/** A line is longer than the limit. */
export class LineTooLongError extends PlughostError {
  readonly code = 'ERR_LINE_TOO_LONG';

  constructor(name: string, offset: number, limit: string) {
    super(`read ${name}: the line at byte ${offset} is longer than ${limit}`, {
      hint: 'allow longer lines with --max-line SIZE, or leave them out or cut them with --long-lines skip|split',
    });
  }
}

/** The output cannot be written. */
export class OutputError extends PlughostError {
  readonly code = 'ERR_OUTPUT';
  /** The name of the system's error, such as `ENOSPC` or `EPIPE`. */
  readonly errno: string;

  constructor(name: string, errno: string, reason: string, details: ErrorDetails = {}) {
    const hint = errno === 'ENOSPC' ? { hint: 'make room, or write elsewhere' } : {};
    super(`write ${name}: ${reason}`, { ...hint, ...details });
    this.errno = errno;
  }
}

/** The caller's signal was aborted, or the timeout passed. */
export class CancelledError extends PlughostError {
  readonly code = 'ERR_CANCELLED';

  constructor(what: string, details: ErrorDetails = {}) {
    super(`${what}: cancelled`, details);
  }
}
