import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** A command line or the arguments of a call are not valid. */
export class UsageError extends PlughostError {
  readonly code = 'ERR_USAGE';
  /** The wrong argument of a call, such as `pipeline.stages[0].shape`; undefined for a command line. */
  readonly argument: string | undefined;

  constructor(message: string, { argument, ...details }: ErrorDetails & { argument?: string } = {}) {
    super(message, details);
    this.argument = argument;
  }
}
