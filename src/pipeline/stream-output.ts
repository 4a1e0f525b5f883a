import type { Writable } from 'node:stream';
import { OutputError, reasonOf } from '../errors/index.js';
import { type Job, resultAtFailure } from './job.js';

/** Refuses a stream that takes nothing any more. @throws OutputError */
export function ensureWritable(stream: Writable, name: string): void {
  if (stream.errored) throw failureOf(name, stream.errored);
  if (stream.destroyed) throw new OutputError(name, 'ERR_STREAM_DESTROYED', 'it was destroyed');
  if (stream.writableEnded) throw new OutputError(name, 'ERR_STREAM_WRITE_AFTER_END', 'it was ended');
}

/**
 * Writes what a run gives to a stream: a piece is taken from the engine when the stream is done with the one before, so no
 * more is in memory than the engine works ahead. Resolves when the stream is done with all of it; it is not ended.
 * A run that is aborted gives it nothing more, so that it does not wait for a stream that takes nothing.
 * @throws OutputError when the stream fails, or is destroyed or ended before
 */
export async function writeAll(job: Job, stream: Writable, name: string): Promise<void> {
  const early = new EarlyEnd();
  const onError = (error: unknown) => early.come(failureOf(name, error));
  const onClose = () =>
    early.come(new OutputError(name, 'ERR_STREAM_PREMATURE_CLOSE', 'it was closed before all was written'));
  const stopListening = job.onAbort(() => early.come(ABORTED));
  stream.on('error', onError);
  stream.on('close', onClose);
  const write = (bytes: Buffer) =>
    new Promise<void>((resolve, reject) => {
      try {
        stream.write(bytes, (error) => (error ? reject(failureOf(name, error)) : resolve()));
      } catch (error) {
        reject(failureOf(name, error));
      }
    });
  try {
    for (;;) {
      const batch = await early.orElse(() => job.native.take());
      if (!batch) return;
      await early.orElse(() => write(Buffer.from(batch.bytes)));
    }
  } catch (error) {
    if (error === ABORTED) {
      job.native.close();
      return;
    }
    job.leave();
    const result = await job.result.catch(() => undefined);
    if (result && error instanceof Error) resultAtFailure.set(error, result);
    throw error;
  } finally {
    stopListening();
    stream.off('error', onError);
    stream.off('close', onClose);
  }
}

/** Says that the run was aborted, for which it has an error of its own. */
const ABORTED = Symbol('aborted');

/** What ends a wait before its time, whatever is waited for. */
class EarlyEnd {
  #reason: unknown;
  #reject: ((reason: unknown) => void) | undefined;

  come(reason: unknown): void {
    this.#reason ??= reason;
    this.#reject?.(reason);
  }

  /** Waits for a step, or rejects by what has come, or comes meanwhile. Nothing of it stays behind the step. */
  orElse<T>(step: () => Promise<T>): Promise<T> {
    if (this.#reason !== undefined) return Promise.reject(this.#reason);
    return new Promise((resolve, reject) => {
      this.#reject = reject;
      step().then(resolve, reject);
    });
  }
}

function failureOf(name: string, error: unknown): OutputError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return new OutputError(name, code, reasonOf(error), { cause: error });
}
