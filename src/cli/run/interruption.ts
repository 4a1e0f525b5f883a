import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds that a run has to end by itself when its time is over, or a signal has come. */
const GRACE = 750;

/** Why a run is to end: a signal, or its time. */
export type Reason = NodeJS.Signals | 'timeout';

export interface Ends {
  /** Ends the process: it has not ended by itself in its grace, as a plugin's call does not return. */
  late(reason: Reason): void;
  /** Puts things in order, because a second signal ends the process at once. */
  atOnce(): void;
}

/**
 * Tells a run to end when a signal comes or its time is over, and sees to it that it does. As long as it is not disposed of,
 * signals do not end the process by themselves.
 */
export class Interruption implements Disposable {
  readonly #abort = new AbortController();
  readonly #ends: Ends;
  readonly #timer: NodeJS.Timeout | undefined;
  #grace: NodeJS.Timeout | undefined;
  #reason: Reason | undefined;

  /** @param seconds of `--timeout` */
  constructor(seconds: number | undefined, ends: Ends) {
    this.#ends = ends;
    for (const name of SIGNALS) process.on(name, this.#onSignal);
    if (seconds !== undefined) this.#timer = setTimeout(() => this.#interrupt('timeout'), seconds * 1000);
  }

  /** Aborted when the run is to end. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Why it is to end; undefined while it is not. */
  get reason(): Reason | undefined {
    return this.#reason;
  }

  /** From now on signals end the process by themselves. */
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
    this.#abort.abort(reason);
  }
}

/** The status of a run that ended for this reason: what a shell says of a process that the signal ended. */
export function statusOf(reason: Reason): number {
  return reason === 'timeout' ? 2 : 128 + (constants.signals[reason] ?? 0);
}
