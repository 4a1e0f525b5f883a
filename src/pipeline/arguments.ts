import type { Writable } from 'node:stream';
import { types } from 'node:util';
import { abortSignal } from '../arguments/abort-signal.js';
import type { Check } from '../arguments/argument.js';
import {
  boolean,
  callback,
  isObject,
  isPlain,
  listOf,
  milliseconds,
  objectOf,
  oneOf,
  optional,
  type Shape,
  text,
  wholeNumber,
} from '../arguments/checks.js';
import { dataPath, isDataPath } from '../arguments/paths.js';
import { STAGE_KINDS, type StageKind } from '../contract/kinds.js';
import { Library } from '../loader/library/library.js';
import { Plugin } from '../loader/plugin/plugin.js';
import type {
  AggregatePipeline,
  AnyStage,
  FilterStage,
  InputRange,
  LinesPipeline,
  Pipeline,
  PrintOptions,
  RowsPipeline,
  Stage,
  StreamPipeline,
} from './pipeline.js';
import type { Aggregation, RowExport, RowFilterStage, RowStage, Unparsed } from './rows/row-stage.js';
import type { RunOptions } from './run-options.js';
import type { Range } from './states/coverage.js';
import type { Merging } from './states/merge.js';

/** An open descriptor with a name for messages. */
export interface NamedDescriptor {
  fd: number;
  name: string;
}

/** An input that was checked: a path, a descriptor, or a range of a file. */
export type CheckedInput = string | NamedDescriptor | Range;

/** A pipeline that was checked: its paths are text, its descriptors have names. */
export interface CheckedPipeline extends Omit<Pipeline, 'output' | 'unparsedOutput'> {
  output?: string | Writable | NamedDescriptor | undefined;
  unparsedOutput?: string | NamedDescriptor | undefined;
  /** Files of states that the run merges. Then it has neither inputs nor stages. */
  merging?: Merging | undefined;
}

const MAX_DESCRIPTOR = 2 ** 31 - 1;
const MAX_LINES = 2 ** 31 - 1;
/** Spans inside a block have 32 bits. */
const MAX_BYTES = 2 ** 30;
const MAX_WORKERS = 1024;

const openDescriptor = objectOf<{ fd: number; name?: string | undefined }>('a descriptor ({ fd })', {
  fd: wholeNumber(0, MAX_DESCRIPTOR),
  name: optional(text),
});

const descriptor: Check<NamedDescriptor> = (value, argument) => {
  const { fd, name = `descriptor ${fd}` } = openDescriptor(value, argument);
  return { fd, name };
};

const bound = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const range: Check<Range> = (value, argument) => {
  const { name, begin, end } = objectOf<InputRange, Range>('a range ({ name, begin, end })', {
    name: dataPath,
    begin: bound,
    end: bound,
  })(value, argument);
  if (begin >= end) throw argument.error('its end must be more than its begin');
  return { name, begin, end };
};

const input: Check<CheckedInput> = (value, argument) => {
  if (isDataPath(value)) return dataPath(value, argument);
  if (!isObject(value))
    throw argument.wrong('an input (a path, a file: URL, { fd, name } or { name, begin, end })', value);
  if ('end' in value) return range(value, argument);
  return descriptor(value, argument);
};

export const inputList: Check<CheckedInput[]> = listOf<CheckedInput>('inputs', input);

const output: Check<string | Writable | NamedDescriptor> = (value, argument) => {
  if (isDataPath(value)) return dataPath(value, argument);
  if (isPlain(value)) return descriptor(value, argument);
  // Not imported at the top: that costs a millisecond, and the command writes to no stream.
  const { Writable } = process.getBuiltinModule('node:stream');
  if (value instanceof Writable && !types.isProxy(value)) return value;
  const hint =
    value instanceof WritableStream
      ? 'write: Writable.fromWeb(stream)'
      : typeof value === 'number'
        ? `write: { fd: ${value} }`
        : undefined;
  throw argument.wrong('an output (a path, a file: URL, a Writable of node:stream, or { fd, name })', value, hint);
};

const fileOutput: Check<string | NamedDescriptor> = (value, argument) => {
  if (isDataPath(value)) return dataPath(value, argument);
  if (!isPlain(value)) throw argument.wrong('an output (a path, a file: URL, or { fd, name })', value);
  return descriptor(value, argument);
};

const plugin: Check<Plugin> = (value, argument) => {
  if (Plugin.isOne(value)) return value;
  const hint = typeof value === 'string' || value instanceof Library ? 'load it first, by loadPlugin' : undefined;
  throw argument.wrong('a plugin that loadPlugin gave', value, hint);
};

const shape = oneOf('auto', 'scan', 'batch', 'line');

const filterStage: Check<FilterStage> = objectOf<FilterStage>('a stage ({ filter })', {
  filter: plugin,
  invert: optional(boolean) as Check<boolean>,
  shape: optional(shape) as typeof shape,
});

/** Checks the stage of a kind that has no options of its own. */
const plainStage = (kind: StageKind) =>
  objectOf<object>(`a stage ({ ${kind} })`, { [kind]: plugin, shape: optional(shape) }) as Check<Stage>;

const unparsed = optional(oneOf('drop', 'keep', 'fail')) as Check<Unparsed>;
const texts = optional(listOf('texts', text)) as Check<string[]>;

/** Says what is wanted where the plugin itself is given, whose properties are no options. */
const around =
  <T>(wanted: string, written: string, check: Check<T>): Check<T> =>
  (value, argument) => {
    if (Plugin.isOne(value)) throw argument.wrong(wanted, value, `write: ${written}`);
    return check(value, argument);
  };

const ROW_FILTER = 'a filter of rows ({ row_filter })';
const rowFilterStage = around(
  ROW_FILTER,
  '{ row_filter: plugin }',
  objectOf<RowFilterStage>(ROW_FILTER, {
    row_filter: plugin,
    invert: optional(boolean) as Check<boolean>,
  }) as Check<RowFilterStage>,
);

const AGGREGATION = 'an aggregation ({ aggregators, by, … })';
const aggregationOptions: Check<Aggregation> = objectOf<Aggregation>(AGGREGATION, {
  aggregators: (value, argument) => {
    const aggregators = listOf('plugins', plugin)(value, argument);
    if (aggregators.length === 0) throw argument.error('at least one aggregator is needed');
    return aggregators;
  },
  by: texts,
  sort: texts,
  limit: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)) as Check<number>,
});
const aggregation = around(AGGREGATION, '{ aggregators: [plugin] }', aggregationOptions);

const rowStage: Check<RowStage> = objectOf<RowStage>('a stage of rows ({ parser, filters, aggregations })', {
  parser: plugin,
  unparsed,
  filters: optional(listOf('filters of rows', rowFilterStage)) as Check<RowFilterStage[]>,
  aggregations: optional(listOf('aggregations', aggregation)) as Check<Aggregation[]>,
  groupMemory: optional(wholeNumber(1 << 20, Number.MAX_SAFE_INTEGER)) as Check<number>,
});

const filterOfAny: Check<FilterStage | RowStage> = (value, argument) => {
  if (!isObject(value) || !('parser' in value)) return filterStage(value, argument);
  const stage = rowStage(value, argument);
  if (stage.aggregations?.length) throw argument.error('an aggregation keeps no lines');
  return stage;
};

const anyStage: Check<AnyStage> = objectOf<AnyStage>('a stage ({ any })', {
  any: (value, argument) => {
    const filters = listOf<FilterStage | RowStage>('stages of filters', filterOfAny)(value, argument);
    if (filters.length === 0) throw argument.error('at least one filter is needed');
    return filters;
  },
});

const rowExport: Check<RowExport> = objectOf<RowExport>('rows ({ parser, columns })', {
  parser: plugin,
  unparsed,
  columns: texts,
});

const stage: Check<Stage> = (value, argument) => {
  const wanted = `a stage (${STAGE_KINDS.map((kind) => `{ ${kind} }`).join(', ')} or { any: [{ filter }] })`;
  if (Plugin.isOne(value)) {
    const offered = STAGE_KINDS.findLast((kind) => value[kind]) ?? 'filter';
    throw argument.wrong(wanted, value, `write: { ${offered}: plugin }`);
  }
  if (!isObject(value)) throw argument.wrong(wanted, value);
  if ('any' in value) return anyStage(value, argument);
  if ('parser' in value) return rowStage(value, argument);
  const kind = STAGE_KINDS.findLast((kind) => kind in value) ?? 'filter';
  return kind === 'filter' ? filterStage(value, argument) : plainStage(kind)(value, argument);
};

const lineCount = optional(wholeNumber(0, MAX_LINES)) as Check<number>;
const flag = optional(boolean) as Check<boolean>;

const print: Check<PrintOptions> = objectOf<PrintOptions>('an object of print options', {
  form: optional(oneOf('lines', 'names', 'json')) as Check<'lines' | 'names' | 'json'>,
  names: flag,
  numbers: flag,
  nul: flag,
  color: flag,
  before: lineCount,
  after: lineCount,
});

const linesShape: Shape<LinesPipeline> = {
  stages: optional(listOf('stages', stage)),
  limit: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  inputLimit: optional(wholeNumber(1, Number.MAX_SAFE_INTEGER)),
  workers: optional(wholeNumber(1, MAX_WORKERS)),
  blockSize: optional(wholeNumber(1, MAX_BYTES)),
  crlf: optional(boolean),
  maxLine: optional(wholeNumber(1, MAX_BYTES)),
  longLines: optional(oneOf('fail', 'skip', 'split')),
};

const streamShape: Shape<StreamPipeline> = {
  ...linesShape,
  exporter: optional(plugin),
  rows: optional(rowExport),
  timeZone: optional(text),
  continued: optional(boolean),
  print: optional(print),
};

const PIPELINE = 'a pipeline ({ stages, output, … })';

/** Checks the pipeline of `lines`, which has no output and no output options. */
export const linesPipeline: Check<LinesPipeline> = objectOf<LinesPipeline>(PIPELINE, linesShape);
/** Checks the pipeline of `rows`. */
export const rowsPipeline: Check<RowsPipeline> = objectOf<RowsPipeline>('a pipeline ({ rows, stages, … })', {
  ...linesShape,
  rows: rowExport,
});
const { limit: _, inputLimit: __, ...answersShape } = linesShape;
/** Checks the pipeline of `aggregate`. */
export const aggregatePipeline: Check<AggregatePipeline> = objectOf<AggregatePipeline>(PIPELINE, {
  ...answersShape,
  timeZone: optional(text),
});
/** Checks the pipeline of a stream, which is its own output. */
export const streamPipeline: Check<StreamPipeline> = objectOf<StreamPipeline>(PIPELINE, streamShape);
/** Checks the pipeline of `run`. */
export const wholePipeline: Check<CheckedPipeline> = objectOf<Pipeline, CheckedPipeline>(PIPELINE, {
  ...streamShape,
  output: optional(output) as typeof output,
  unparsedOutput: optional(fileOutput) as typeof fileOutput,
  keepPartial: optional(boolean),
  emitStates: optional(boolean),
});

export const runOptions: Check<RunOptions> = objectOf<RunOptions>('an object of options', {
  signal: optional(abortSignal),
  onProgress: optional(callback) as Check<RunOptions['onProgress']>,
  progressInterval: optional(milliseconds(1)),
});
