import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** What a program had printed when it could not be used as a plugin. */
export interface Printed {
  /** The first line of its standard output. */
  first: string | undefined;
  /** The last lines of its standard error. */
  errors: readonly string[];
}

/** The longest first line in a message, in characters. */
const MAX_FIRST = 200;

/** A program that should be a plugin did not start, or did not say how to reach it, or said something impossible. */
export class HandshakeError extends PlughostError {
  readonly code = 'ERR_HANDSHAKE';
  /** What the program had printed. */
  readonly printed: Printed;

  constructor(label: string, reason: string, printed: Printed, details: ErrorDetails = {}) {
    const first = printed.first && printed.first.slice(0, MAX_FIRST) + (printed.first.length > MAX_FIRST ? '…' : '');
    const parts = [
      `start plugin ${label}: ${reason}`,
      ...(first ? [`it printed: ${first}`] : []),
      ...(printed.errors.length > 0 ? [`its standard error ended with: ${printed.errors.join(' | ')}`] : []),
    ];
    super(parts.join('; '), details);
    this.printed = printed;
  }
}

/** A server that should be a plugin cannot be reached, or does not answer as a plugin. */
export class HttpError extends PlughostError {
  readonly code = 'ERR_HTTP';

  constructor(source: string, reason: string, details: ErrorDetails = {}) {
    super(`ask plugin ${source}: ${reason}`, { hint: 'see docs/forms/http.md', ...details });
  }
}

/** A package that only some uses of plughost need is not installed, or cannot be loaded. */
export class PackageMissingError extends PlughostError {
  readonly code = 'ERR_PACKAGE_MISSING';

  constructor(what: string, packages: readonly string[], details: ErrorDetails = {}) {
    super(`load what ${what} needs: ${packages.join(', ')} cannot be imported`, {
      hint: `install what is missing: npm install ${packages.join(' ')}`,
      ...details,
    });
  }
}
