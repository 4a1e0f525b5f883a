import {
  ReadableStream,
  type ReadableStreamDefaultController,
  WritableStream,
  type WritableStreamDefaultController,
} from 'node:stream/web';
import { types } from 'node:util';
import { checked } from '../arguments/argument.js';
import { DETACHED, isDetached } from '../arguments/bytes.js';
import { CancelledError, UsageError } from '../errors/index.js';
import { describeValue } from '../text/describe.js';
import { runOptions, streamPipeline } from './arguments.js';
import { Caller } from './caller.js';
import { Job } from './job.js';
import type { StreamPipeline } from './pipeline.js';
import type { RunOptions } from './run-options.js';
import type { RunPromise } from './run-promise.js';
import { specOf } from './run-spec.js';

/** Both ends of a pipeline as web streams, for `pipeThrough`. */
export interface WebStream {
  /** Gives the kept lines, or what the exporter makes of them. */
  readable: ReadableStream<Uint8Array>;
  /** Takes pieces of bytes, cut anywhere. Do not change a piece until its write has settled. */
  writable: WritableStream<ArrayBuffer | ArrayBufferView>;
  /** Resolves when the run has ended, also after an end was cancelled or aborted. Rejects with the error of the run. */
  result: RunPromise;
}

const STREAM = Caller.function('webStream');

/**
 * Makes web streams of a pipeline: `readable.pipeThrough(webStream(pipeline))`. For streams of Node use `PipelineStream`.
 * It buffers one piece and what the engine is working on. Cancelling or aborting one end ends the run, and the other end
 * with the same reason. A failed run ends both ends; the readable one first gives the lines before the failure. At the
 * pipeline's limit the readable end closes, and the writable end fails with CancelledError, which cancels its source.
 * @throws CapabilityError, UsageError, PluginClosedError, CancelledError
 */
export function webStream(pipeline: StreamPipeline = {}, options: RunOptions = {}): WebStream {
  // Not Duplex.toWeb: it counts chunks and not bytes, so it would buffer thousands of pieces.
  const through = checked('webStream', 'pipeline', pipeline, streamPipeline);
  const by = checked('webStream', 'options', options, runOptions);
  const job = new Job(STREAM, [], specOf(STREAM, [], through, 'bytes', { fed: true }), through, by);
  const { native, result } = job;
  let input!: WritableStreamDefaultController;
  let output!: ReadableStreamDefaultController<Uint8Array>;
  let stopped = false;

  async function stop(): Promise<void> {
    stopped = true;
    job.stop();
    await result.catch(() => {});
  }

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        output = controller;
      },
      async pull() {
        const batch = await native.take();
        if (stopped) return;
        if (batch) {
          output.enqueue(new Uint8Array(batch.bytes));
        } else {
          await result;
          output.close();
        }
      },
      cancel(reason) {
        input.error(reason);
        return stop();
      },
    },
    { highWaterMark: 0 },
  );

  const writable = new WritableStream<ArrayBuffer | ArrayBufferView>({
    start(controller) {
      input = controller;
    },
    async write(piece) {
      try {
        await job.feed(bytesOf(piece));
      } catch (error) {
        output.error(error);
        await stop();
        throw error;
      }
    },
    async close() {
      await job.feed(null);
    },
    abort(reason) {
      output.error(reason);
      return stop();
    },
  });

  // This has no effect on an end that is already closed.
  result.then(
    () => input.error(new CancelledError('write', { hint: 'the limit of the pipeline was reached' })),
    (error) => input.error(error),
  );
  return { readable, writable, result: job.promise() };
}

function bytesOf(piece: unknown): Uint8Array {
  if (types.isArrayBuffer(piece) || ArrayBuffer.isView(piece)) {
    const buffer = ArrayBuffer.isView(piece) ? piece.buffer : piece;
    if (isDetached(buffer)) throw noBytes(DETACHED);
    if (types.isUint8Array(piece)) return piece;
    return ArrayBuffer.isView(piece)
      ? new Uint8Array(buffer, piece.byteOffset, piece.byteLength)
      : new Uint8Array(buffer);
  }
  throw noBytes(`bytes are needed, not ${describeValue(piece)}`);
}

const noBytes = (reason: string) => new UsageError(`write: ${reason}`, { argument: 'chunk' });
