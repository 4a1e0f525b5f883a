import { Duplex } from 'node:stream';
import { checked } from '../arguments/argument.js';
import { DETACHED, faultOfBytes } from '../arguments/bytes.js';
import { UsageError } from '../errors/index.js';
import { describeValue } from '../text/describe.js';
import { runOptions, streamPipeline } from './arguments.js';
import { Job, type RunOptions } from './job.js';
import { type Pipeline, specOf } from './pipeline.js';
import type { RunPromise } from './run-promise.js';

/** A pipeline whose input and output are a stream's. */
export type StreamPipeline = Omit<Pipeline, 'output' | 'keepPartial'>;

/**
 * A stream of Node that takes bytes and gives the bytes of kept lines, or what the exporter makes of them. Lines may be
 * cut anywhere between pieces. It takes no more while nobody reads, and destroying it ends the run. At the pipeline's
 * limit its readable side ends; what is still written is dropped. A piece must stay as it is until its write is done.
 *
 * The process does not end before what was written is worked on, as far as its readable side takes, nor while somebody
 * reads or waits for `result`; so end or destroy it.
 */
export class PipelineStream extends Duplex {
  /** Settles when the run has ended: with what was done, also when the stream was destroyed, or with what it failed by. */
  readonly result: RunPromise;
  readonly #job: Job;
  #taking = false;

  /** @throws CapabilityError, UsageError, PluginClosedError, CancelledError */
  constructor(pipeline: StreamPipeline = {}, options: RunOptions = {}) {
    const through = checked('PipelineStream', 'pipeline', pipeline, streamPipeline);
    const by = checked('PipelineStream', 'options', options, runOptions);
    super();
    this.#job = new Job(specOf([], through, 'bytes', true), through, by);
    this.result = this.#job.promise();
    this.#job.result.catch((error) => this.destroy(error));
  }

  /** @throws UsageError for what is no bytes; what else goes wrong, the stream tells as every stream of Node does */
  override write(piece: unknown, encoding?: BufferEncoding | Done, done?: Done): boolean {
    ensurePiece(piece, encoding);
    return super.write(piece, encoding as BufferEncoding, done);
  }

  /** @throws UsageError */
  override end(piece?: unknown, encoding?: BufferEncoding | Done, done?: Done): this {
    if (piece !== undefined && piece !== null && typeof piece !== 'function') ensurePiece(piece, encoding);
    return super.end(piece, encoding as BufferEncoding, done);
  }

  override _write(piece: Uint8Array, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#job.feed(piece).then(() => done(), done);
  }

  override _final(done: (error?: Error) => void): void {
    this.#job.feed(null).then(() => done(), done);
  }

  override _read(): void {
    if (this.#taking) return;
    this.#taking = true;
    this.#take().catch((error) => this.destroy(error));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#job.leave();
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

type Done = (error?: Error | null) => void;

/** Node's own checks throw errors of Node. */
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
