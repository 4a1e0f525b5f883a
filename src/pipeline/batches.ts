import type { NativeBatch } from '../addon.js';
import { UsageError } from '../errors.js';
import { Job, type RunOptions, type RunResult } from './job.js';
import { type Input, type Pipeline, specOf } from './pipeline.js';

/** Lines that follow each other, as bytes; text is made of those that somebody asks for. */
export class Batch {
  /** The lines with their newlines. */
  readonly bytes: Buffer;
  readonly #lines: Uint32Array;

  constructor({ bytes, lines }: NativeBatch) {
    this.bytes = Buffer.from(bytes);
    this.#lines = new Uint32Array(lines);
  }

  /** How many lines there are. */
  get length(): number {
    return this.#lines.length / 2;
  }

  /** A line without its newline; it shares its memory with the batch. */
  line(index: number): Buffer {
    const [begin, end] = this.#span(index);
    return this.bytes.subarray(begin, end);
  }

  /** A line as text; what is not UTF-8 becomes U+FFFD. */
  text(index: number): string {
    const [begin, end] = this.#span(index);
    return this.bytes.toString('utf8', begin, end);
  }

  /** The lines, as `line` gives them. */
  *[Symbol.iterator](): Generator<Buffer, void, undefined> {
    for (let index = 0; index < this.length; index++) yield this.line(index);
  }

  #span(index: number): [begin: number, end: number] {
    const begin = Number.isInteger(index) ? this.#lines[2 * index] : undefined;
    if (begin === undefined) throw new UsageError(`batch: there is no line ${index} among ${this.length}`);
    return [begin, begin + (this.#lines[2 * index + 1] ?? 0)];
  }
}

/** A pipeline whose lines are taken by JavaScript. */
export type LinesPipeline = Omit<Pipeline, 'exporter' | 'output' | 'print'>;

/** The kept lines of a run, in input order. It begins with the first batch that is asked for, and can be had once. */
export class LineBatches implements AsyncIterable<Batch, void, undefined> {
  /** Settles when the run has ended: with what was done, also when the loop was left early, or with what it failed by. */
  readonly result: Promise<RunResult>;
  readonly #start: () => Job;
  #began = false;
  #settle!: (result: Promise<RunResult>) => void;

  constructor(start: () => Job) {
    this.#start = start;
    this.result = new Promise((settle) => {
      this.#settle = settle;
    });
    // Whoever does not ask for it learns of a failure by the loop.
    this.result.catch(() => {});
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    if (this.#began) throw new UsageError('lines: they were already taken; call lines() again for another run');
    this.#began = true;
    const run = new ForgettableJob(this.#start, this.#settle);
    const batches = take(run);
    forgotten.register(batches, run);
    return batches;
  }
}

/** Begins when it is first needed, and can be left whether it has begun or not. */
class ForgettableJob {
  #job: Job | undefined;
  readonly #start: () => Job;
  readonly #settle: (result: Promise<RunResult>) => void;

  constructor(start: () => Job, settle: (result: Promise<RunResult>) => void) {
    this.#start = start;
    this.#settle = settle;
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
    return this.#job;
  }

  leave(): void {
    this.#job?.leave();
  }
}

// A run that is forgotten in the middle would wait for ever for somebody to take its lines.
const forgotten = new FinalizationRegistry<ForgettableJob>((run) => run.leave());

async function* take(run: ForgettableJob): AsyncGenerator<Batch, void, undefined> {
  const { job } = run;
  let ended = false;
  try {
    for (;;) {
      const batch = await job.native.take();
      ended = !batch;
      if (!batch) break;
      yield new Batch(batch);
    }
  } finally {
    if (!ended) job.leave();
    await job.result.catch(() => {});
  }
  await job.result;
}

/**
 * Runs inputs through stages as `run` does, and gives the kept lines to whoever iterates, a batch at a time:
 *
 *     for await (const batch of lines(['access.log'], { stages: [{ filter }] })) {
 *       for (const line of batch) …
 *     }
 *
 * The engine works at most a few batches ahead of a slow reader, so memory stays flat. Leaving the loop ends the run and
 * frees everything. The iteration throws what `run` would.
 */
export function lines(inputs: Input[], pipeline: LinesPipeline = {}, options: RunOptions = {}): LineBatches {
  return new LineBatches(() => new Job(specOf(inputs, pipeline, 'batches'), pipeline, options));
}
