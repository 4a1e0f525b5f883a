import { knownAt } from '../addon/known.js';
import type { NativeFailure, NativeResult } from '../addon/run-result.js';
import { CancelledError, type PlughostError, type PluginFaultError } from '../errors/index.js';
import { errorOf, faultOf, type MessageContext } from './failure.js';
import type { Column } from './rows/column-type.js';
import { emptyColumns } from './rows/watched.js';
import type { RunSignal } from './run-options.js';

/**
 * What one stage of a run did. In a stage with `any`, the first filter that reads rows counts the lines and looks for
 * values: the later filters get fewer lines.
 */
export interface StageStatistics {
  /** The plugin's name in messages. */
  label: string;
  /** The name of the stage's parser; undefined if the stage reads no rows. */
  parser?: string;
  /** The call of the plugin that the stage used for blocks: `scan`, `batch` or `line`. */
  shape: string;
  /** Milliseconds spent in the stage, by all workers together. */
  ms: number;
  /** Bytes that came in. */
  bytesIn: number;
  /** Lines that came in; 0 when the stage did not split its input into lines. */
  linesIn: number;
  /** Lines that the stage kept. */
  linesKept: number;
  /** Lines that a transform replaced or removed. */
  linesChanged: number;
  /** Lines that the stage's parser skipped: they have its format and no row, such as headers and comments. */
  linesSkipped: number;
  /** Lines that do not have the format of the stage's parser. */
  linesUnfit: number;
  /** The first of them. `line` counts from 1, and is undefined in a stream that cannot be read again. */
  firstUnfit?: { input: string; offset: number; line: number | undefined } | undefined;
  /**
   * The columns in which no row had a value, although there were rows: of those whose name or type the parser does not
   * promise, and of times. Undefined if an input was not read to its end, because the run had enough lines, or the caller left or aborted it.
   */
  emptyColumns?: Column[] | undefined;
}

/** What a run did with one input. */
export interface InputResult {
  /** Its path, or the name given with its descriptor. */
  name: string;
  /**
   * `read`: it was read, at least in part. `refused`: it could not be opened. `unread`: the run ended before it.
   */
  state: 'read' | 'refused' | 'unread';
  /** Bytes of the file that the run has finished, compressed if the file is. */
  bytes: number;
  /** Its lines that the last stage kept; if an exporter gets rows, its rows. */
  kept: number;
}

/** What a run did. */
export interface RunResult {
  /** Bytes of input. */
  bytes: number;
  /** Bytes of all inputs together; undefined when the size of one is unknown. */
  total: number | undefined;
  /** Lines that the last stage kept; if an exporter gets rows, its rows. */
  kept: number;
  /** Bytes of output. */
  written: number;
  /** Milliseconds from the first block to the last. */
  ms: number;
  /** What happened to each input, in order. */
  inputs: InputResult[];
  /** Threads that worked. */
  workers: number;
  /** Blocks that they worked on. */
  blocks: number;
  /** Lines longer than `maxLine` that were left out or split. */
  longLines: number;
  /** Rows of all tables of answers. */
  answers: number;
  /** Rows that aggregators got, in this run or in those whose states it merges. */
  folded: number;
  /** Whether an input was not read to its end, because no more of its lines were wanted. Its other lines may be counted in part. */
  early: boolean;
  /** The stages of the pipeline in order, then the exporter if there is one. */
  stages: StageStatistics[];
  /** An error for each input that could not be read. The run has read the others. */
  failures: PlughostError[];
  /** Faults of isolated plugins that cost lines, in the order of the lines. */
  faults: PluginFaultError[];
  /** Faults of isolated plugins that disappeared on retry. */
  transient: PluginFaultError[];
}

/** What a run had done before it failed. The key is the error that ended it. */
export const resultAtFailure = new WeakMap<Error, RunResult>();

function inputResults({ states, bytes, kept }: NativeResult['inputs'], names: readonly string[]): InputResult[] {
  return Array.from(states, (state, index) => ({
    name: names[index] ?? 'the stream',
    state: knownAt('InputState', state),
    bytes: bytes[index] ?? 0,
    kept: kept[index] ?? 0,
  }));
}

/** Makes the result of a run. @throws the error that ended the run, after adding it to `resultAtFailure` */
export function resultOf(
  native: NativeResult,
  context: MessageContext,
  signal: RunSignal | undefined,
  stopped: boolean,
  watched: readonly Column[][],
): RunResult {
  const { inputs } = context;
  const toError = (failure: NativeFailure) => errorOf(failure, context);
  const { bytes, total } = native.counters;
  // A loop that is left after the last batch has all there is.
  const isCut = native.cancelled !== 0 && !(total > 0 && bytes === total);
  const result: RunResult = {
    bytes,
    total: total || undefined,
    kept: native.counters.kept,
    written: native.counters.written,
    ms: native.elapsed / 1e6,
    inputs: inputResults(native.inputs, inputs),
    workers: native.workers,
    blocks: native.blocks,
    longLines: native.longLines,
    answers: native.answers,
    folded: native.folded,
    early: native.early || (isCut && stopped),
    stages: native.stages.map(({ ns, valued, firstUnfit: { input, offset, line }, ...stage }, index) => ({
      ...stage,
      ms: ns / 1e6,
      // In lines that were not read there may be values.
      ...(!native.early && !isCut && emptyColumns({ ...stage, valued }, watched[index] ?? [])),
      ...(stage.linesUnfit > 0 && {
        firstUnfit: { input: inputs[input] ?? 'the stream', offset, line: line || undefined },
      }),
    })),
    failures: native.failures.filter(({ fatal }) => !fatal).map(toError),
    faults: native.faults.filter(({ verdict }) => verdict !== 'passed').map((report) => faultOf(report, inputs)),
    transient: native.faults.filter(({ verdict }) => verdict === 'passed').map((report) => faultOf(report, inputs)),
  };
  const fatal = native.failures.find((failure) => failure.fatal);
  const error = fatal
    ? toError(fatal)
    : native.cancelled && !stopped
      ? new CancelledError(context.caller.name, { cause: signal?.reason })
      : undefined;
  if (!error) return result;
  resultAtFailure.set(error, result);
  throw error;
}
