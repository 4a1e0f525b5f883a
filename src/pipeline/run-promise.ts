import type { RunResult } from './run-result.js';

/**
 * The promise of the result of a run. Code that waits for it, by `await`, `then` or `Promise.all`, keeps the process alive
 * until it settles. The promise alone does not, because every stream has one and few programs wait for it. A rejection
 * that no code handles is not an unhandled rejection: streams and loops report the error themselves.
 */
export class RunPromise extends Promise<RunResult> {
  /** `then` returns plain promises. */
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
