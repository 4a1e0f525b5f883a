import type { NativeBatch } from '../addon/job.js';
import { checked } from '../arguments/argument.js';
import { UsageError } from '../errors/index.js';
import { describeValue } from '../text/describe.js';
import { inputList, linesPipeline, runOptions } from './arguments.js';
import { Caller } from './caller.js';
import { Job } from './job.js';
import type { Input, LinesPipeline } from './pipeline.js';
import type { RunOptions } from './run-options.js';
import { RunPromise } from './run-promise.js';
import type { RunResult } from './run-result.js';
import { specOf } from './run-spec.js';

/** Consecutive lines as bytes. Only the lines that the caller asks for become text. */
export class Batch {
  /** The lines with their newlines. */
  readonly bytes: Buffer;
  readonly #lines: Uint32Array;

  constructor({ bytes, lines }: NativeBatch) {
    this.bytes = Buffer.from(bytes);
    this.#lines = new Uint32Array(lines);
  }

  /** The number of lines. */
  get length(): number {
    return this.#lines.length / 2;
  }

  /** Returns a line without its newline. It shares memory with the batch. */
  line(index: number): Buffer {
    const [begin, end] = this.#span(index);
    return this.bytes.subarray(begin, end);
  }

  /** Returns a line as text. Bytes that are not UTF-8 become U+FFFD. */
  text(index: number): string {
    const [begin, end] = this.#span(index);
    return this.bytes.toString('utf8', begin, end);
  }

  /** Iterates over the lines, as `line` returns them. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.line(index);
  }

  #span(index: number): [begin: number, end: number] {
    const begin = Number.isInteger(index) ? this.#lines[2 * index] : undefined;
    if (begin === undefined)
      throw new UsageError(`batch: there is no line ${describeValue(index)} among ${this.length}`);
    return [begin, begin + (this.#lines[2 * index + 1] ?? 0)];
  }
}

/** Batches of a run, in input order. Iterate once; the run begins with the first batch that you request. */
export class Batches<T> implements AsyncIterable<T, void, undefined> {
  /** Resolves when the run has ended, also after the loop ended early. Rejects with the error of the run. */
  readonly result: RunPromise;
  readonly #run: LateJob;
  readonly #name: string;
  readonly #read: Read<T>;
  #began = false;

  /** @param name of the function that made it, for messages @internal */
  constructor(name: string, start: () => Job, read: Read<T>) {
    this.#name = name;
    this.#read = read;
    this.#run = new LateJob(start);
    this.result = new RunPromise(this.#run.result, () => this.#run.keepAlive());
  }

  /**
   * Starts the run and returns its batches. Leaving the loop ends the run.
   * @throws UsageError on a second call
   */
  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    const name = this.#name;
    if (this.#began) throw new UsageError(`${name}: they were already taken; call ${name}() again for another run`);
    this.#began = true;
    const run = this.#run;
    const batches = take(run, this.#read);
    // A generator that has not begun skips its `finally`, and one that waits for a batch ends only after it. So the run is
    // stopped here.
    const stopping = (end: 'return' | 'throw') => ({
      value(this: typeof batches, value: unknown) {
        run.stop();
        return Object.getPrototypeOf(batches)[end].call(this, value);
      },
    });
    Object.defineProperties(batches, { return: stopping('return'), throw: stopping('throw') });
    abandoned.register(batches, run);
    return batches;
  }
}

/** Makes batches of a piece of the engine's output. */
type Read<T> = (batch: NativeBatch) => Iterable<T>;

const LINES = Caller.function('lines');

/** The kept lines of a run, in input order. Iterate once; the run begins with the first batch that you request. */
export class LineBatches extends Batches<Batch> {
  /** @internal */
  constructor(start: () => Job) {
    super('lines', start, (batch) => [new Batch(batch)]);
  }
}

/** A job that begins when it is first needed. Code may wait for its result before that. */
class LateJob {
  readonly result: Promise<RunResult>;
  readonly #start: () => Job;
  #settle!: (result: Promise<RunResult>) => void;
  #job: Job | undefined;
  #keptAlive = false;

  constructor(start: () => Job) {
    this.#start = start;
    this.result = new Promise((settle) => {
      this.#settle = settle;
    });
  }

  get job(): Job {
    if (this.#job) return this.#job;
    try {
      this.#job = this.#start();
    } catch (error) {
      this.#settle(Promise.reject(error));
      throw error;
    }
    this.#settle(this.#job.result);
    if (this.#keptAlive) this.#job.native.keepAlive();
    return this.#job;
  }

  keepAlive(): void {
    this.#keptAlive = true;
    this.#job?.native.keepAlive();
  }

  /** Stops the job. Starts it first if it has not begun, so that its result settles. */
  stop(): void {
    try {
      this.job.stop();
    } catch {
      // The result rejects with this error.
    }
  }

  stopIfBegun(): void {
    this.#job?.stop();
  }
}

// Stops runs whose iterator was collected. Otherwise they would wait for ever until code takes their lines.
const abandoned = new FinalizationRegistry<LateJob>((run) => run.stopIfBegun());

async function* take<T>(run: LateJob, read: Read<T>): AsyncGenerator<T, void, undefined> {
  const { job } = run;
  try {
    for (;;) {
      const batch = await job.native.take();
      if (!batch) break;
      // Not yield*, which would pass what the caller throws to an iterator that may not take it.
      for (const item of read(batch)) yield item;
    }
  } finally {
    await job.result.catch(() => {});
  }
  await job.result;
}

/**
 * Runs inputs through stages as `run` does, and returns the kept lines, a batch at a time:
 *
 *     for await (const batch of lines(['access.log'], { stages: [{ filter }] })) {
 *       for (const line of batch) …
 *     }
 *
 * The engine works at most a few batches ahead of a slow reader, so memory stays bounded. Leaving the loop ends the run and
 * frees its resources. The iteration throws the errors that `run` throws.
 * @throws UsageError
 */
export function lines(inputs: readonly Input[], pipeline: LinesPipeline = {}, options: RunOptions = {}): LineBatches {
  const from = checked('lines', 'inputs', inputs, inputList);
  const through = checked('lines', 'pipeline', pipeline, linesPipeline);
  const by = checked('lines', 'options', options, runOptions);
  return new LineBatches(() => new Job(LINES, from, specOf(LINES, from, through, 'batches'), through, by));
}
