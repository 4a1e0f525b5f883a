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
import { Job, type RunOptions } from './job.js';
import { specOf } from './pipeline.js';
import type { RunPromise } from './run-promise.js';
import type { StreamPipeline } from './stream.js';

/** Both ends of a pipeline for streams of the web, as `pipeThrough` takes them. */
export interface WebStream {
  /** Kept lines, or what the exporter makes of them. */
  readable: ReadableStream<Uint8Array>;
  /** Takes pieces of bytes, cut anywhere. A piece must stay as it is until its write has settled. */
  writable: WritableStream<ArrayBuffer | ArrayBufferView>;
  /** Settles when the run has ended: with what was done, also when an end was left, or with what it failed by. */
  result: RunPromise;
}

/**
 * What `PipelineStream` is for Node, for streams of the web: `readable.pipeThrough(webStream(pipeline))`. Nothing waits
 * but a piece and what the engine has in work. Cancelling or aborting one end ends the run, and the other end by that
 * reason. A failed run ends both, the readable one behind the lines before the failure. At the pipeline's limit the
 * readable end closes and the writable one fails by CancelledError, so that what is piped into it is cancelled.
 * @throws CapabilityError, UsageError, PluginClosedError, CancelledError
 */
export function webStream(pipeline: StreamPipeline = {}, options: RunOptions = {}): WebStream {
  // Duplex.toWeb would do, but counts batches where a stream of Node counts bytes, and so holds thousands of them.
  const through = checked('webStream', 'pipeline', pipeline, streamPipeline);
  const by = checked('webStream', 'options', options, runOptions);
  const job = new Job(specOf([], through, 'bytes', true), through, by);
  const { native, result } = job;
  let input!: WritableStreamDefaultController;
  let output!: ReadableStreamDefaultController<Uint8Array>;
  let left = false;

  async function leave(): Promise<void> {
    left = true;
    job.leave();
    await result.catch(() => {});
  }

  const readable = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        output = controller;
      },
      async pull() {
        const batch = await native.take();
        if (left) return;
        if (batch) {
          output.enqueue(new Uint8Array(batch.bytes));
        } else {
          await result;
          output.close();
        }
      },
      cancel(reason) {
        input.error(reason);
        return leave();
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
        await leave();
        throw error;
      }
    },
    async close() {
      await job.feed(null);
    },
    abort(reason) {
      output.error(reason);
      return leave();
    },
  });

  // Nothing happens here to an end that is closed.
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
