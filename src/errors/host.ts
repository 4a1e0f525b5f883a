import { type ErrorDetails, PlughostError } from './plughost-error.js';

/** The native addon is missing or is for another machine. */
export class AddonMissingError extends PlughostError {
  readonly code = 'ERR_ADDON_MISSING';

  constructor(reason: string, details: ErrorDetails) {
    super(`load the native addon: ${reason}`, details);
  }
}

/** The native addon gave a value that this version does not know: the two are of different builds. */
export class AddonMismatchError extends PlughostError {
  readonly code = 'ERR_ADDON_MISMATCH';

  /** `name` is the enumeration that does not have the value. */
  constructor(name: string, value: string) {
    super(`read an answer of the native addon: ${name} has no value ${JSON.stringify(value)}`, {
      hint: 'the addon is of another build than this version of plughost: build both anew with npm run build',
    });
  }
}

/**
 * The system refuses what a run or the process of an isolated plugin needs: a limit is reached, or the installation is
 * incomplete. The plugin is not to blame; none of its code has run in that process.
 */
export class RunnerError extends PlughostError {
  readonly code = 'ERR_RUNNER';
  /** The errno, such as that of `EMFILE`; undefined when the process started and then ended. */
  readonly errno: number | undefined;

  constructor(what: string, reason: string, details: ErrorDetails & { errno?: number } = {}) {
    super(`start ${what}: ${reason}`, details);
    this.errno = details.errno;
  }
}

/** The sandbox cannot be set up on this system, or a plugin asks for something that was not granted. */
export class SandboxError extends PlughostError {
  readonly code = 'ERR_SANDBOX';

  constructor(reason: string, details: ErrorDetails = {}) {
    super(`put up the sandbox: ${reason}`, {
      hint: 'run it with --isolate alone, which survives faults of a plugin and does not keep it from anything',
      ...details,
    });
  }
}
