import type { NativeJob } from '../addon/job.js';
import { known } from '../addon/known.js';
import type { NativeFailure, NativeResult } from '../addon/run-result.js';
import type { RunSpec } from '../addon/run-spec.js';
import { addon } from '../addon.js';
import { CANCEL_ASKED } from '../contract/constants.js';
import { CancelledError, type PlughostError, type PluginFaultError, reasonOf, UsageError } from '../errors/index.js';
import { nameOf } from '../files/file-name.js';
import { runnerErrorOf } from '../loader/isolated/runner-error.js';
import { deliverPluginLog } from '../loader/plugin/log.js';
import type { Plugin } from '../loader/plugin/plugin.js';
import type { CheckedPipeline } from './arguments.js';
import { errorOf, faultOf } from './failure.js';
import { pluginsOf } from './pipeline.js';
import { RunPromise } from './run-promise.js';

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

export interface InputResult {
  /** Its path, or the name that was given with its descriptor. */
  name: string;
  /** It could not be opened, its turn did not come, or it was read: to its end, or as far as it was wanted and could be. */
  state: 'read' | 'refused' | 'unread';
  /** Bytes that are done with, as they are stored. */
  bytes: number;
  /** Its lines behind the last stage. */
  kept: number;
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
  /** Each input, in order. */
  inputs: InputResult[];
  workers: number;
  blocks: number;
  /** Lines longer than `maxLine` that were left out or cut. */
  longLines: number;
  /** Those of the pipeline in order, then the exporter if there is one. */
  stages: StageStatistics[];
  /** Inputs that could not be read; the others were. */
  failures: PlughostError[];
  /**
   * What isolated plugins did not survive, with the lines that it cost, in their order; and in `transient` what went well
   * at a second try and cost nothing.
   */
  faults: PluginFaultError[];
  transient: PluginFaultError[];
}

/** What had been done when a run ended early, by the error that ended it. */
export const resultAtFailure = new WeakMap<Error, RunResult>();

/** A run under way. Its plugins cannot be closed until it has ended. */
export class Job {
  readonly native: NativeJob;
  /** Settles when all of it has ended, with what ended it if that was a failure. Waiting for it keeps no process alive. */
  readonly result: Promise<RunResult>;
  #left = false;

  readonly #signal: AbortSignal | undefined;

  /**
   * The pipeline and the options were checked.
   * @param output its name, for messages
   * @throws what the plugins and the engine say against it, before anything has begun
   */
  constructor(spec: RunSpec, pipeline: CheckedPipeline, options: RunOptions, output = '') {
    const { signal } = options;
    this.#signal = signal;
    if (signal?.aborted) throw new CancelledError('run', { cause: signal.reason });
    const plugins = pluginsOf(pipeline);
    const retained: Plugin[] = [];
    try {
      for (const plugin of plugins) {
        plugin.retain('run');
        retained.push(plugin);
      }
      this.native = new (addon().Job)(spec);
    } catch (error) {
      for (const plugin of retained) plugin.release();
      throw startErrorOf(error);
    }
    const inputs = spec.inputs.map(({ name }) => nameOf(name));
    this.result = this.#finish({ inputs, output, maxLine: pipeline.maxLine }, plugins, options);
  }

  /** The same for those outside: waiting for it keeps the process alive. */
  promise(): RunPromise {
    return new RunPromise(this.result, () => this.native.keepAlive());
  }

  /** Gives bytes of the input, or with null its end; resolves when they are used. @throws UsageError */
  async feed(piece: Uint8Array | null): Promise<void> {
    try {
      await this.native.feed(piece);
    } catch (cause) {
      if ((cause as { code?: unknown }).code !== 'PIECE_LOST') throw cause;
      throw new UsageError(`write: ${reasonOf(cause)}`, {
        cause,
        hint: 'wait for the write to be done before the buffer goes elsewhere, or write a copy',
      });
    }
  }

  /** Calls when the run is aborted, until the returned function is called. */
  onAbort(listener: () => void): () => void {
    this.#signal?.addEventListener('abort', listener, { once: true });
    return () => this.#signal?.removeEventListener('abort', listener);
  }

  /** Ends it because nobody wants the rest: that is no failure. */
  leave(): void {
    this.#left = true;
    this.native.close();
  }

  async #finish(names: Names, plugins: readonly Plugin[], options: RunOptions): Promise<RunResult> {
    try {
      const native = await attend(this.native, options);
      return settle(native, names, options.signal, this.#left);
    } finally {
      for (const plugin of plugins) plugin.release();
    }
  }
}

/** The error for what the addon or the system refused, when it is that. */
function startErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'INVALID_STAGE')
    return new UsageError(`run: ${error.message}`, { cause: error });
  if (!('errno' in error && 'operation' in error)) return error;
  return runnerErrorOf('the run', String(error.operation), Number(error.errno));
}

/** Passes on what the caller wants to know and to stop, until the run has ended. */
async function attend(
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
  // The run itself keeps the process alive as long as somebody waits for it.
  timer.unref();
  try {
    return await job.done;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
    deliverPluginLog();
  }
}

/** What messages need to know of a run. */
interface Names {
  inputs: readonly string[];
  output: string;
  maxLine: number | undefined;
}

function settle(
  native: NativeResult,
  { inputs, output, maxLine }: Names,
  signal: AbortSignal | undefined,
  left: boolean,
): RunResult {
  const toError = (failure: NativeFailure) => errorOf(failure, inputs, output, maxLine);
  const result: RunResult = {
    bytes: native.counters.bytes,
    total: native.counters.total || undefined,
    kept: native.counters.kept,
    written: native.counters.written,
    ms: native.elapsed / 1e6,
    inputs: native.inputs.map((input, index) => ({
      name: inputs[index] ?? 'the stream',
      ...input,
      state: known('InputState', input.state),
    })),
    workers: native.workers,
    blocks: native.blocks,
    longLines: native.longLines,
    stages: native.stages.map(({ ns, ...stage }) => ({ ...stage, ms: ns / 1e6 })),
    failures: native.failures.filter(({ fatal }) => !fatal).map(toError),
    faults: native.faults.filter(({ verdict }) => verdict !== 'passed').map((report) => faultOf(report, inputs)),
    transient: native.faults.filter(({ verdict }) => verdict === 'passed').map((report) => faultOf(report, inputs)),
  };
  const fatal = native.failures.find((failure) => failure.fatal);
  const error = fatal
    ? toError(fatal)
    : native.cancelled && !left
      ? new CancelledError('run', { cause: signal?.reason })
      : undefined;
  if (!error) return result;
  resultAtFailure.set(error, result);
  throw error;
}
