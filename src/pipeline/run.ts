import {
  addon,
  type NativeFailure,
  type NativeFilterStage,
  type NativeJob,
  type NativeResult,
  type RunSpec,
} from '../addon.js';
import { CANCEL_ASKED, PANIC } from '../contract/constants.js';
import { CancelledError, CapabilityError, type PlughostError, UsageError } from '../errors.js';
import type { Shape } from '../loader/capabilities.js';
import { deliverPluginLog } from '../loader/log.js';
import type { Plugin } from '../loader/plugin.js';
import { errorOf } from './failure.js';

/** A file by its path, or an open descriptor with a name for messages; the descriptor is not closed. */
export type Input = string | { fd: number; name: string };

export interface FilterStage {
  filter: Plugin;
  /** Keep what the filter drops. */
  invert?: boolean;
  /** The call to use; by default the widest that the plugin offers. All give the same lines. */
  shape?: Shape | 'auto';
}

/** Keeps the lines that at least one of the filters keeps. */
export interface AnyStage {
  any: FilterStage[];
}

export interface TransformStage {
  transform: Plugin;
  /** As of a filter. */
  shape?: Shape | 'auto';
}

/** What lines pass on their way from input to output. */
export type Stage = FilterStage | AnyStage | TransformStage;

export interface PrintOptions {
  /** Lines (the default), the names of the inputs that have a kept line, or JSON Lines as ripgrep's `--json`. */
  form?: 'lines' | 'names' | 'json';
  /** Before each line the name of its input. */
  names?: boolean;
  /** Before each line its number in its input. */
  numbers?: boolean;
  /** Lines to show before each kept one. Not with transforms, which leave none of those lines as it was. */
  before?: number;
  /** And behind it. */
  after?: number;
}

export type LongLines = 'fail' | 'skip' | 'split';

export interface Pipeline {
  /** Each gets the lines that the one before it leaves or makes; none by default. */
  stages?: Stage[] | undefined;
  /** Turns kept lines into another format; without one they are written as they are. */
  exporter?: Plugin | undefined;
  /** A descriptor to write to, not closed; without one the run only counts. `name` is for messages. */
  output?: { fd: number; name: string } | undefined;
  /** How kept lines are shown; not with an exporter. By default they go out as they are. */
  print?: PrintOptions | undefined;
  /** Lines, at least 1: when so many are kept, the run has ended well. */
  limit?: number | undefined;
  /** Threads; by default one for each core. */
  workers?: number | undefined;
  /** Bytes that a worker takes at once; by default the engine's choice. */
  blockSize?: number | undefined;
  /** Whether a carriage return before a newline is no part of the line for filters and exporters. It stays in the output. */
  crlf?: boolean | undefined;
  /** Bytes of the longest line, without its end; 16 MiB by default. */
  maxLine?: number | undefined;
  /** What becomes of a longer one: the run fails (the default), it is left out, or it is cut into lines of that length. */
  longLines?: LongLines | undefined;
}

/** How far a run is, counted in the order of the output. */
export interface Progress {
  /** Bytes of input that are done with. */
  bytes: number;
  /** Bytes of all inputs; undefined while one of them has no known size. */
  total: number | undefined;
  /** Lines behind the last stage. */
  kept: number;
  /** Bytes of output. */
  written: number;
}

export interface RunOptions {
  /** Aborting it ends the run; what is complete is still written. */
  signal?: AbortSignal | undefined;
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Milliseconds between progress reports; 250 by default. */
  progressInterval?: number | undefined;
}

export interface StageStatistics {
  label: string;
  /** The call that was used for whole blocks. */
  shape: string;
  /** Milliseconds inside the stage, of all workers together. */
  ms: number;
  bytesIn: number;
  /** 0 where no lines were split. */
  linesIn: number;
  /** Lines behind the stage. */
  linesKept: number;
  /** Lines that a transform put others in the place of, or took away. */
  linesChanged: number;
}

export interface RunResult {
  /** Bytes of input. */
  bytes: number;
  /** Bytes of all inputs, if known. */
  total: number | undefined;
  /** Lines behind the last stage. */
  kept: number;
  /** Bytes of output. */
  written: number;
  /** Milliseconds from the first block to the last. */
  ms: number;
  workers: number;
  blocks: number;
  /** Lines longer than `maxLine` that were left out or cut. */
  longLines: number;
  /** Those of the pipeline in order, then the exporter if there is one. */
  stages: StageStatistics[];
  /** Inputs that could not be read; the others were. */
  failures: PlughostError[];
}

/** What had been done when a run ended early, by the error that ended it. */
export const resultAtFailure = new WeakMap<Error, RunResult>();

/**
 * Runs inputs, one after the other, through stages to an output, on threads of the engine; lines stay in input order.
 * No byte of a line comes into JavaScript.
 * @throws CapabilityError, UsageError, PluginClosedError before the start; PluginFailedError, ContractViolationError, OutputError,
 * LineTooLongError, CancelledError during the run: what stands before the failure is written, and `resultAtFailure`
 * tells how much it was.
 */
export async function run(inputs: Input[], pipeline: Pipeline, options: RunOptions = {}): Promise<RunResult> {
  const { signal } = options;
  if (signal?.aborted) throw new CancelledError('run', { cause: signal.reason });
  const spec = specOf(inputs, pipeline);
  const plugins = [...(pipeline.stages ?? []).flatMap(pluginsOf), ...(pipeline.exporter ? [pipeline.exporter] : [])];
  const retained: Plugin[] = [];
  try {
    for (const plugin of plugins) {
      plugin.retain('run');
      retained.push(plugin);
    }
    const native = await finish(new (addon().Job)(spec), options);
    for (const { code, plugin } of native.failures) {
      if (code === PANIC) plugins.find(({ address }) => address === plugin)?.markBroken();
    }
    return settle(native, pipeline, signal);
  } finally {
    for (const plugin of retained) plugin.release();
  }
}

function specOf(inputs: Input[], pipeline: Pipeline): RunSpec {
  const { print = {}, stages = [] } = pipeline;
  if (pipeline.exporter && Object.values(print).some((option) => option && option !== 'lines')) {
    throw new UsageError('run: an exporter decides itself how lines are shown');
  }
  if ((print.before || print.after) && stages.some((stage) => 'transform' in stage)) {
    throw new UsageError('run: the lines around kept ones cannot be shown behind a transform');
  }
  return {
    inputs: inputs.map((input) => (typeof input === 'string' ? { path: input } : input)),
    stages: stages.map(stageOf),
    exporter: exporterOf(pipeline.exporter),
    output: pipeline.output?.fd ?? -1,
    print: { form: 'lines', names: false, numbers: false, before: 0, after: 0, ...print },
    limit: pipeline.limit ?? 0,
    workers: pipeline.workers ?? 0,
    blockSize: pipeline.blockSize ?? 0,
    crlf: pipeline.crlf ?? false,
    maxLine: pipeline.maxLine ?? 0,
    longLines: pipeline.longLines ?? 'fail',
  };
}

function pluginsOf(stage: Stage): Plugin[] {
  if ('any' in stage) return stage.any.flatMap(pluginsOf);
  return ['filter' in stage ? stage.filter : stage.transform];
}

function stageOf(stage: Stage): RunSpec['stages'][number] {
  if ('transform' in stage) {
    const { address: transform, ...rest } = capabilityOf(stage.transform, 'transform', stage.shape);
    return { ...rest, transform };
  }
  if ('filter' in stage) return filterOf(stage);
  if (stage.any.length === 0) throw new UsageError('run: a stage of any filters needs at least one');
  return { any: stage.any.map(filterOf) };
}

function filterOf({ filter: plugin, invert = false, shape }: FilterStage): NativeFilterStage {
  const { address: filter, ...rest } = capabilityOf(plugin, 'filter', shape);
  return { ...rest, filter, invert };
}

function capabilityOf(plugin: Plugin, kind: 'filter' | 'transform', shape: Shape | 'auto' = 'auto') {
  const { label, address } = plugin;
  const capability = plugin[kind];
  if (!capability) throw new CapabilityError(label, kind, plugin.capabilities);
  if (shape !== 'auto' && !capability.shapes.includes(shape)) {
    throw new CapabilityError(label, `${kind} by ${shape}`, capability.shapes);
  }
  return { label, plugin: address, address: capability.address, shape };
}

function exporterOf(plugin: Plugin | undefined): RunSpec['exporter'] {
  if (!plugin) return null;
  if (!plugin.exporter) throw new CapabilityError(plugin.label, 'exporter', plugin.capabilities);
  return { label: plugin.label, plugin: plugin.address, exporter: plugin.exporter.address };
}

async function finish(
  job: NativeJob,
  { signal, onProgress, progressInterval = 250 }: RunOptions,
): Promise<NativeResult> {
  const cancel = () => job.cancel(CANCEL_ASKED);
  signal?.addEventListener('abort', cancel, { once: true });
  const timer = setInterval(() => {
    deliverPluginLog();
    const { total, ...progress } = job.progress();
    onProgress?.({ ...progress, total: total || undefined });
  }, progressInterval);
  try {
    return await job.done;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
    deliverPluginLog();
  }
}

function settle(native: NativeResult, pipeline: Pipeline, signal: AbortSignal | undefined): RunResult {
  const toError = (failure: NativeFailure) => errorOf(failure, pipeline.output?.name ?? '', pipeline.maxLine);
  const result: RunResult = {
    bytes: native.counters.bytes,
    total: native.counters.total || undefined,
    kept: native.counters.kept,
    written: native.counters.written,
    ms: native.elapsed / 1e6,
    workers: native.workers,
    blocks: native.blocks,
    longLines: native.longLines,
    stages: native.stages.map(({ ns, ...stage }) => ({ ...stage, ms: ns / 1e6 })),
    failures: native.failures.filter(({ fatal }) => !fatal).map(toError),
  };
  const fatal = native.failures.find((failure) => failure.fatal);
  const error = fatal
    ? toError(fatal)
    : native.cancelled
      ? new CancelledError('run', { cause: signal?.reason })
      : undefined;
  if (!error) return result;
  resultAtFailure.set(error, result);
  throw error;
}
