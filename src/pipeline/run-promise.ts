import type { RunResult } from './job.js';

/**
 * The promise of how a run ends. Whoever waits for it, by `await`, `then` or `Promise.all`, keeps the process alive until
 * it has settled; the promise alone does not, since it belongs to every stream, and most have nobody who waits for it.
 * A rejection that nobody waits for is no fault of the process: streams and loops tell of it in their own way.
 */
export class RunPromise extends Promise<RunResult> {
  /** What `then` gives are plain promises. */
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  readonly #keepAlive: () => void;

  constructor(result: Promise<RunResult>, keepAlive: () => void) {
    super((resolve) => resolve(result));
    this.#keepAlive = keepAlive;
    super.then(undefined, () => {});
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<Done = RunResult, Failed = never>(
    onDone?: ((result: RunResult) => Done | PromiseLike<Done>) | null,
    onFailed?: ((reason: unknown) => Failed | PromiseLike<Failed>) | null,
  ): Promise<Done | Failed> {
    this.#keepAlive();
    return super.then(onDone, onFailed);
  }
}
