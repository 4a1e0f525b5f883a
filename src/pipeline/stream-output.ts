import type { Writable } from 'node:stream';
import { OutputError, reasonOf } from '../errors/index.js';
import type { Job } from './job.js';
import { resultAtFailure } from './run-result.js';

/** Refuses a stream that accepts no more bytes. @throws OutputError */
export function ensureWritable(stream: Writable, name: string): void {
  if (stream.errored) throw failureOf(name, stream.errored);
  if (stream.destroyed) throw new OutputError(name, 'ERR_STREAM_DESTROYED', 'it was destroyed');
  if (stream.writableEnded) throw new OutputError(name, 'ERR_STREAM_WRITE_AFTER_END', 'it was ended');
}

/**
 * Writes the output of a run to a stream. It takes a piece from the engine when the stream has finished the one before, so
 * that memory stays bounded. Resolves when the stream has finished all of it; does not end the stream. After the run was
 * aborted it writes nothing more, so that it does not wait for a stalled stream.
 * @throws OutputError when the stream fails, or is destroyed or ended before
 */
export async function writeAll(job: Job, stream: Writable, name: string): Promise<void> {
  const early = new EarlyEnd();
  const onError = (error: unknown) => early.trigger(failureOf(name, error));
  const onClose = () =>
    early.trigger(new OutputError(name, 'ERR_STREAM_PREMATURE_CLOSE', 'it was closed before all was written'));
  const stopListening = job.onAbort(() => early.trigger(ABORTED));
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
    job.stop();
    const result = await job.result.catch(() => undefined);
    if (result && error instanceof Error) resultAtFailure.set(error, result);
    throw error;
  } finally {
    stopListening();
    stream.off('error', onError);
    stream.off('close', onClose);
  }
}

/** The reason for a run that was aborted. The run itself reports the error. */
const ABORTED = Symbol('aborted');

/** Ends the wait for any step early. */
class EarlyEnd {
  #reason: unknown;
  #reject: ((reason: unknown) => void) | undefined;

  trigger(reason: unknown): void {
    this.#reason ??= reason;
    this.#reject?.(reason);
  }

  /** Waits for a step. Rejects with the reason if `trigger` was called, or is called before the step is done. */
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
