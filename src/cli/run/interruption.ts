import type { RunSignal } from '../../pipeline/run-options.js';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds that a run has to end after a signal or its time limit. */
const GRACE = 750;

/** Why a run must end: a signal, or its time limit. */
export type Reason = NodeJS.Signals | 'timeout';

export interface EndActions {
  /** Ends the process. The run did not end within the grace period, because a plugin's call does not return. */
  late(reason: Reason): void;
  /** Cleans up before a second signal ends the process at once. */
  atOnce(): void;
}

/**
 * Aborts a run when a signal comes or its time is over, and ends the process if the run does not end. Until it is
 * disposed of, signals do not end the process by themselves.
 */
export class Interruption implements RunSignal, Disposable {
  readonly #listeners = new Set<() => void>();
  readonly #ends: EndActions;
  readonly #timer: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #reason: Reason | undefined;

  /** @param seconds of `--timeout` */
  constructor(seconds: number | undefined, ends: EndActions) {
    this.#ends = ends;
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    if (seconds !== undefined) this.#timer = setTimeout(() => this.#interrupt('timeout'), seconds * 1000);
  }

  /** Whether the run must end. */
  get aborted(): boolean {
    return this.#reason !== undefined;
  }

  addEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.add(listener);
  }

  removeEventListener(_: 'abort', listener: () => void): void {
    this.#listeners.delete(listener);
  }

  /** Why the run must end, or undefined. */
  get reason(): Reason | undefined {
    return this.#reason;
  }

  /** Restores the default: signals end the process. */
  end(): void {
    clearTimeout(this.#timer);
    clearTimeout(this.#grace);
    for (const name of SIGNALS) process.removeListener(name, this.#onSignal);
  }

  [Symbol.dispose](): void {
    this.end();
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    if (this.#reason === undefined) {
      this.#interrupt(signal);
      return;
    }
    this.#ends.atOnce();
    for (const name of SIGNALS) process.removeAllListeners(name);
    process.kill(process.pid, signal);
  };

  #interrupt(reason: Reason): void {
    if (this.#reason !== undefined) return;
    this.#reason = reason;
    this.#grace = setTimeout(() => this.#ends.late(reason), GRACE);
    for (const listener of this.#listeners) listener();
  }
}

/** Returns the exit status of a run that ended for this reason. For a signal it is the one that shells use. */
export function statusOf(reason: Reason): number {
  if (reason === 'timeout') return 2;
  return 128 + (process.getBuiltinModule('node:os').constants.signals[reason] ?? 0);
}
