import { Duplex } from 'node:stream';
import { checked } from '../arguments/argument.js';
import { DETACHED, faultOfBytes } from '../arguments/bytes.js';
import { UsageError } from '../errors/index.js';
import { describeValue } from '../text/describe.js';
import { runOptions, streamPipeline } from './arguments.js';
import { Caller } from './caller.js';
import { Job } from './job.js';
import type { StreamPipeline } from './pipeline.js';
import type { RunOptions } from './run-options.js';
import type { RunPromise } from './run-promise.js';
import { specOf } from './run-spec.js';

const STREAM = Caller.function('PipelineStream');

/**
 * A Node stream that takes bytes and gives the bytes of kept lines, or what the exporter makes of them. Pieces may be cut
 * inside a line. The stream accepts no more input while no consumer reads its output. Destroying it ends the run. At the
 * pipeline's limit the readable side ends, and later input is dropped. Do not change a piece until its write is done.
 *
 * The stream keeps the process alive until the engine has worked on all written input, unless the output is full. It also
 * keeps it alive while code reads, or waits for `result`. Therefore end or destroy it.
 */
export class PipelineStream extends Duplex {
  /** Resolves when the run has ended, also after the stream was destroyed. Rejects with the error of the run. */
  readonly result: RunPromise;
  readonly #job: Job;
  #taking = false;

  /** @throws CapabilityError, UsageError, PluginClosedError, CancelledError */
  constructor(pipeline: StreamPipeline = {}, options: RunOptions = {}) {
    const through = checked('PipelineStream', 'pipeline', pipeline, streamPipeline);
    const by = checked('PipelineStream', 'options', options, runOptions);
    super();
    this.#job = new Job(STREAM, [], specOf(STREAM, [], through, 'bytes', { fed: true }), through, by);
    this.result = this.#job.promise();
    this.#job.result.catch((error) => this.destroy(error));
  }

  /** @throws UsageError for a value that is not bytes or text. Other errors are events of the stream. */
  override write(piece: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    ensurePiece(piece, encoding);
    return super.write(piece, encoding as BufferEncoding, done);
  }

  /** @throws UsageError */
  override end(piece?: unknown, encoding?: BufferEncoding | Done, done?: Done): this {
    if (piece !== undefined && piece !== null && typeof piece !== 'function') ensurePiece(piece, encoding);
    return super.end(piece, encoding as BufferEncoding, done);
  }

  /** @internal */
  override _write(piece: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#job.feed(piece).then(() => done(), done);
  }

  /** @internal */
  override _final(done: (error?: Error) => void): void {
    this.#job.feed(null).then(() => done(), done);
  }

  /** @internal */
  override _read(): void {
    if (this.#taking) return;
    this.#taking = true;
    this.#take().catch((error) => this.destroy(error));
  }

  /** @internal */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#job.stop();
    this.#job.result.then(
      () => done(error),
      () => done(error),
    );
  }

  async #take(): Promise<void> {
    const batch = await this.#job.native.take();
    this.#taking = false;
    if (batch) {
      this.push(Buffer.from(batch.bytes));
    } else {
      await this.#job.result;
      this.push(null);
    }
  }
}

/** Called when a piece was accepted, or with the error of the stream. */
export type Done = (error?: Error | null) => void;

/** Checks a piece before Node does, whose errors have other codes. @throws UsageError */
function ensurePiece(piece: unknown, encoding: unknown): void {
  const fault = typeof piece === 'string' ? undefined : faultOfBytes(piece);
  if (fault) {
    const reason = fault === 'detached' ? DETACHED : `bytes or text are needed, not ${describeValue(piece)}`;
    throw new UsageError(`write: ${reason}`, { argument: 'chunk' });
  }
  if (encoding === undefined || encoding === null || typeof encoding === 'function' || encoding === 'buffer') return;
  if (typeof encoding !== 'string' || !Buffer.isEncoding(encoding)) {
    throw new UsageError(`write: encoding: the name of an encoding is needed, not ${describeValue(encoding)}`, {
      argument: 'encoding',
    });
  }
}
