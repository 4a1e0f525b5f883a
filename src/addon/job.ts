import type { NativeCounters, NativeResult } from './run-result.js';

/** A piece of the output of a run. */
export interface NativeBatch {
  bytes: ArrayBuffer;
  /** The offset and the length of each line, without its newline, as pairs of 32-bit numbers. Empty for `bytes`. */
  lines: ArrayBuffer;
}

/** A run under way. It lives until the run has ended, even if JavaScript forgets it. */
export interface NativeJob {
  /** Resolves when every thread of the run has ended; never rejects. */
  readonly done: Promise<NativeResult>;
  progress(): NativeCounters;
  /** From now on the process waits for the end of the run, except while the run waits for `take`. */
  keepAlive(): void;
  /** Starts no further block and raises the cancel word. Complete blocks are still written. */
  cancel(reason: number): void;
  /** Cancels, and drops the output that nobody has taken. */
  close(): void;
  /**
   * Returns the next piece of output, or null after the last one. The run pauses while four pieces wait. Only one call
   * may be pending.
   *
   * The process stays alive for a run that writes to a descriptor, or that was cancelled or closed. For a run with `take`
   * it stays alive while a call is pending. It also stays alive while fed input is unfinished, and after `keepAlive`,
   * unless the run is paused until JavaScript takes a piece.
   */
  take(): Promise<NativeBatch | null>;
  /**
   * Feeds input bytes, or with null the end of the input. The bytes must not change until the promise resolves. It
   * rejects with the code PIECE_LOST when their buffer was transferred or resized before all of them were copied. Only
   * one call may be pending.
   */
  feed(bytes: Uint8Array | null): Promise<void>;
}
