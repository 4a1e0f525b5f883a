import { Duplex } from 'node:stream';
import { Job, type RunOptions } from './job.js';
import { type Pipeline, specOf } from './pipeline.js';
import type { RunPromise } from './run-promise.js';

/** A pipeline whose input and output are a stream's. */
export type StreamPipeline = Omit<Pipeline, 'output'>;

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
  constructor(pipeline: StreamPipeline, options: RunOptions = {}) {
    super();
    this.#job = new Job(specOf([], pipeline, 'bytes', true), pipeline, options);
    this.result = this.#job.promise();
    this.#job.result.catch((error) => this.destroy(error));
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
