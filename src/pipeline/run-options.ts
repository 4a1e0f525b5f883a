/** How far a run is, in the order of its output. */
export interface Progress {
  /** Bytes of input that the run has finished. */
  bytes: number;
  /** Bytes of all inputs together; undefined when the size of one is unknown. */
  total: number | undefined;
  /** Lines that the last stage kept. */
  kept: number;
  /** Bytes of output. */
  written: number;
}

/**
 * The part of an AbortSignal that a run uses. The command has a class of its own with it: Node loads AbortController only
 * when it is first used, which takes a thirtieth of the start of a run.
 */
export interface RunSignal {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

/** How to watch and abort a run. */
export interface RunOptions {
  /** Aborting it ends the run. Complete blocks are still written. */
  signal?: AbortSignal | undefined;
  /** Called every `progressInterval` with the progress so far. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Milliseconds between two calls of `onProgress`; 250 by default. */
  progressInterval?: number | undefined;
}

/** Options that were checked. */
export interface CheckedRunOptions extends Omit<RunOptions, 'signal'> {
  signal?: RunSignal | undefined;
}
