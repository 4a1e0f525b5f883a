import type { NativeField } from '../../addon/row-spec.js';
import type { RunSpec } from '../../addon/run-spec.js';
import { checked } from '../../arguments/argument.js';
import { UsageError } from '../../errors/index.js';
import { aggregatePipeline, inputList, rowsPipeline, runOptions } from '../arguments.js';
import { Batches } from '../batches.js';
import { Caller } from '../caller.js';
import { Job } from '../job.js';
import type { AggregatePipeline, Input, RowsPipeline } from '../pipeline.js';
import type { RunOptions } from '../run-options.js';
import type { RunResult } from '../run-result.js';
import { specOf } from '../run-spec.js';
import type { Merging } from '../states/merge.js';
import { repeated } from './answer-columns.js';
import { COLUMN_TYPES, type Column } from './column-type.js';
import { framesOf } from './frames.js';
import { readColumn } from './key.js';
import { type Row, RowBatch } from './row-batch.js';

const ROWS = Caller.function('rows');
const AGGREGATE = Caller.function('aggregate');

/** The rows of a run, in input order. Iterate once; the run begins with the first batch that you request. */
export class RowBatches extends Batches<RowBatch> {
  /** The columns of every batch. Of several with one name, those that were asked for by type have it in their name: `n:integer`. */
  readonly columns: readonly Column[];

  /** @internal */
  constructor(columns: readonly Column[], start: () => Job) {
    super('rows', start, function* (batch) {
      for (const { begins, rows, buffer, offset, size } of framesOf(batch))
        if (!begins) yield new RowBatch(columns, rows, buffer, offset, size);
    });
    this.columns = columns;
  }
}

/**
 * Reads lines as rows, and returns the rows of the kept lines as typed columns, a batch at a time:
 *
 *     for await (const batch of rows(['access.log'], { rows: { parser, columns: ['status', 'bytes'] } })) {
 *       const { values, valid } = batch.values('bytes');
 *     }
 *
 * The engine works at most a few batches ahead of a slow reader, so memory stays bounded. Leaving the loop ends the run and
 * frees its resources. The iteration throws the errors that `run` throws.
 * @throws UsageError, CapabilityError; PluginFailedError, ContractViolationError when a plugin cannot name its columns
 */
export function rows(inputs: readonly Input[], pipeline: RowsPipeline, options: RunOptions = {}): RowBatches {
  const from = checked('rows', 'inputs', inputs, inputList);
  const through = checked('rows', 'pipeline', pipeline, rowsPipeline);
  const by = checked('rows', 'options', options, runOptions);
  const spec = specOf(ROWS, from, through, 'frames');
  const exporter = spec.exporter as { columns: NativeField[] };
  const columns = namedApart(columnsOf(exporter.columns), through.rows.columns ?? []);
  return new RowBatches(columns, () => new Job(ROWS, from, spec, through, by));
}

/**
 * Gives columns of one name longer ones, because a row is an object and has a name once: `n` and `n:integer`.
 * @param asked what the caller has written for each of them
 * @throws UsageError when two columns have one name all the same
 */
function namedApart(columns: readonly Column[], asked: readonly string[]): Column[] {
  const isShared = repeated(columns.map(({ name }) => name));
  const apart = columns.map(({ name, type }, i): Column => {
    const hasType = isShared(name) && readColumn(ROWS, asked[i] ?? '').type !== undefined;
    return { name: hasType ? `${name}:${type}` : name, type };
  });
  const isTwice = repeated(apart.map(({ name }) => name));
  const twice = apart.find(({ name }) => isTwice(name));
  if (twice) throw new UsageError(`rows: two columns are called ${twice.name}`);
  return apart;
}

/** The answers of one aggregation, in their order. */
export class AnswerTable implements Iterable<Row> {
  /** The keys, then the outputs of each aggregator. */
  readonly columns: readonly Column[];
  readonly batches: readonly RowBatch[];

  /** @internal */
  constructor(columns: readonly Column[], batches: readonly RowBatch[]) {
    this.columns = columns;
    this.batches = batches;
  }

  /** The number of rows. */
  get length(): number {
    return this.batches.reduce((sum, batch) => sum + batch.length, 0);
  }

  /** Iterates over the rows as objects. */
  *[Symbol.iterator](): Generator<Row, void, undefined> {
    for (const batch of this.batches) yield* batch;
  }
}

/** What `aggregate` returns. */
export interface Answers {
  /** A table for each aggregation of the stages, in their order. */
  tables: AnswerTable[];
  result: RunResult;
}

/**
 * Runs inputs through stages of which one has aggregations, and returns their answers:
 *
 *     const { tables: [byStatus] } = await aggregate(['access.log'], {
 *       stages: [{ parser, aggregations: [{ aggregators: [count], by: ['status'], sort: ['-count'] }] }],
 *     });
 *     for (const { status, count } of byStatus) …
 *
 * All answers are held in memory.
 * @throws as `run` does
 */
export async function aggregate(
  inputs: readonly Input[],
  pipeline: AggregatePipeline,
  options: RunOptions = {},
): Promise<Answers> {
  return aggregateFor(AGGREGATE, inputs, pipeline, options);
}

/** As `aggregate`, for another caller. @internal */
export async function aggregateFor(
  caller: Caller,
  inputs: readonly Input[],
  pipeline: AggregatePipeline,
  options: RunOptions,
): Promise<Answers> {
  const from = checked(caller.name, 'inputs', inputs, inputList);
  const through = checked(caller.name, 'pipeline', pipeline, aggregatePipeline);
  const by = checked(caller.name, 'options', options, runOptions);
  const spec = specOf(caller, from, through, 'frames');
  return answersOf(new Job(caller, from, spec, through, by), spec);
}

/**
 * Merges files of states, and returns their answers. `timeZone` is that of their header. The caller has opened the files and
 * the plugins, and closes them.
 * @internal
 * @throws as `run` does
 */
export function answersOfStates(
  caller: Caller,
  merging: Merging,
  timeZone: string,
  options: RunOptions,
): Promise<Answers> {
  const pipeline = { merging, timeZone };
  const by = checked(caller.name, 'options', options, runOptions);
  const spec = specOf(caller, [], pipeline, 'frames');
  return answersOf(new Job(caller, [], spec, pipeline, by), spec);
}

/** Takes the answers of a run that gives frames. */
async function answersOf(job: Job, spec: RunSpec): Promise<Answers> {
  const tables: { columns: Column[]; batches: RowBatch[] }[] = [];
  try {
    for (;;) {
      const batch = await job.native.take();
      if (!batch) break;
      for (const { begins, rows, buffer, offset, size } of framesOf(batch)) {
        if (begins) tables.push({ columns: columnsOf(spec.answers[tables.length]?.columns ?? []), batches: [] });
        const table = tables.at(-1);
        if (!begins && table) table.batches.push(new RowBatch(table.columns, rows, buffer, offset, size));
      }
    }
  } catch (error) {
    job.stop();
    await job.result.catch(() => {});
    throw error;
  }
  const result = await job.result;
  return { tables: tables.map(({ columns, batches }) => new AnswerTable(columns, batches)), result };
}

const columnsOf = (fields: readonly NativeField[]): Column[] =>
  fields.map(({ name, type }) => ({ name, type: COLUMN_TYPES[type] ?? 'any' }));
