import { addon, type NativeFailure, type NativeJob, type NativeResult, type RunSpec } from '../addon.js';
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

export interface TransformStage {
  transform: Plugin;
  /** As of a filter. */
  shape?: Shape | 'auto';
}

/** What lines pass on their way from input to output. */
export type Stage = FilterStage | TransformStage;

export type LongLines = 'fail' | 'skip' | 'split';

export interface Pipeline {
  /** Each gets the lines that the one before it leaves or makes; none by default. */
  stages?: Stage[] | undefined;
  /** Turns kept lines into another format; without one they are written as they are. */
  exporter?: Plugin | undefined;
  /** A descriptor to write to, not closed; without one the run only counts. `name` is for messages. */
  output?: { fd: number; name: string } | undefined;
  /** What stands before each line: the name of its input, its number there. Not with an exporter. */
  labels?: { names?: boolean; numbers?: boolean } | undefined;
  /** Lines, at least 1: when so many are kept, the run has ended well. */
  limit?: number | undefined;
  /** Threads; by default one for each core. */
  workers?: number | undefined;
  /** Bytes that a worker takes at once; by default the engine's choice. */
  blockSize?: number | undefined;
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
  const plugins = [...(pipeline.stages ?? []).map(pluginOf), ...(pipeline.exporter ? [pipeline.exporter] : [])];
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
  const { names = false, numbers = false } = pipeline.labels ?? {};
  if (pipeline.exporter && (names || numbers)) throw new UsageError('run: an exporter takes lines without labels');
  return {
    inputs: inputs.map((input) => (typeof input === 'string' ? { path: input } : input)),
    stages: (pipeline.stages ?? []).map(stageOf),
    exporter: exporterOf(pipeline.exporter),
    output: pipeline.output?.fd ?? -1,
    names,
    numbers,
    limit: pipeline.limit ?? 0,
    workers: pipeline.workers ?? 0,
    blockSize: pipeline.blockSize ?? 0,
    maxLine: pipeline.maxLine ?? 0,
    longLines: pipeline.longLines ?? 'fail',
  };
}

const pluginOf = (stage: Stage): Plugin => ('filter' in stage ? stage.filter : stage.transform);

function stageOf(stage: Stage): RunSpec['stages'][number] {
  const plugin = pluginOf(stage);
  const { label, address } = plugin;
  const { shape = 'auto' } = stage;
  const kind = 'filter' in stage ? 'filter' : 'transform';
  const capability = plugin[kind];
  if (!capability) throw new CapabilityError(label, kind, plugin.capabilities);
  if (shape !== 'auto' && !capability.shapes.includes(shape)) {
    throw new CapabilityError(label, `${kind} by ${shape}`, capability.shapes);
  }
  return 'filter' in stage
    ? { label, plugin: address, filter: capability.address, invert: stage.invert ?? false, shape }
    : { label, plugin: address, transform: capability.address, shape };
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
