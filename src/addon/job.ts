import type { NativeCounters, NativeResult } from './run-result.js';

export interface NativeBatch {
  bytes: ArrayBuffer;
  /** Of each line offset and length, without its newline; in 32 bits each. */
  lines: ArrayBuffer;
}

export interface NativeJob {
  /** Resolves when every thread of the run has ended; never rejects. */
  readonly done: Promise<NativeResult>;
  progress(): NativeCounters;
  /** Somebody waits for the end. */
  keepAlive(): void;
  /** Stops handing out blocks and raises the cancel word; what is complete is still written. */
  cancel(reason: number): void;
  /** The same, and what is there to be taken is lost. */
  close(): void;
  /**
   * The next piece of output, or null behind the last. Four wait at most; the run goes no further until one is taken.
   * One call at a time.
   *
   * The process waits for a run that writes to a descriptor, or that was cancelled or closed. For one whose output is
   * taken it waits while `take` is pending; and, unless the run needs somebody to take first, while what was fed is not
   * worked on, and from `keepAlive` on until the end.
   */
  take(): Promise<NativeBatch | null>;
  /**
   * Gives bytes, which must not change until the promise resolves, or with null the end. It rejects by an error whose
   * `code` is PIECE_LOST when their buffer was transferred or resized before all of them were copied. One call at a time.
   */
  feed(bytes: Uint8Array | null): Promise<void>;
}
