import type { NativeBatch } from '../addon/job.js';
import { checked } from '../arguments/argument.js';
import { UsageError } from '../errors/index.js';
import { describeValue } from '../text/describe.js';
import { inputList, linesPipeline, runOptions } from './arguments.js';
import { Job, type RunOptions, type RunResult } from './job.js';
import { type Input, type Pipeline, specOf } from './pipeline.js';
import { RunPromise } from './run-promise.js';

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
    if (begin === undefined)
      throw new UsageError(`batch: there is no line ${describeValue(index)} among ${this.length}`);
    return [begin, begin + (this.#lines[2 * index + 1] ?? 0)];
  }
}

/** A pipeline whose lines are taken by JavaScript. */
export type LinesPipeline = Omit<Pipeline, 'exporter' | 'output' | 'keepPartial' | 'continued' | 'print'>;

/** The kept lines of a run, in input order. It begins with the first batch that is asked for, and can be had once. */
export class LineBatches implements AsyncIterable<Batch, void, undefined> {
  /** Settles when the run has ended: with what was done, also when the loop was left early, or with what it failed by. */
  readonly result: RunPromise;
  readonly #run: LateJob;
  #began = false;

  constructor(start: () => Job) {
    this.#run = new LateJob(start);
    this.result = new RunPromise(this.#run.result, () => this.#run.keepAlive());
  }

  [Symbol.asyncIterator](): AsyncGenerator<Batch, void, undefined> {
    if (this.#began) throw new UsageError('lines: they were already taken; call lines() again for another run');
    this.#began = true;
    const run = this.#run;
    const batches = take(run);
    // A generator that has not begun would end without knowing what to leave, and one that waits for a batch would wait
    // until it has it.
    const leaving = (end: 'return' | 'throw') => ({
      value(this: typeof batches, value: unknown) {
        run.leave();
        return Object.getPrototypeOf(batches)[end].call(this, value);
      },
    });
    Object.defineProperties(batches, { return: leaving('return'), throw: leaving('throw') });
    forgotten.register(batches, run);
    return batches;
  }
}

/** A job that begins when it is first needed, and whose result can be waited for before that. */
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

  /** One that has not begun begins for this, so that its result says what there is to say. */
  leave(): void {
    try {
      this.job.leave();
    } catch {
      // The result tells it.
    }
  }

  forget(): void {
    this.#job?.leave();
  }
}

// A run that is forgotten in the middle would wait for ever for somebody to take its lines.
const forgotten = new FinalizationRegistry<LateJob>((run) => run.forget());

async function* take(run: LateJob): AsyncGenerator<Batch, void, undefined> {
  const { job } = run;
  try {
    for (;;) {
      const batch = await job.native.take();
      if (!batch) break;
      yield new Batch(batch);
    }
  } finally {
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
 * @throws UsageError
 */
export function lines(inputs: readonly Input[], pipeline: LinesPipeline = {}, options: RunOptions = {}): LineBatches {
  const from = checked('lines', 'inputs', inputs, inputList);
  const through = checked('lines', 'pipeline', pipeline, linesPipeline);
  const by = checked('lines', 'options', options, runOptions);
  return new LineBatches(() => new Job(specOf(from, through, 'batches'), through, by));
}
