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

/** How far a run is, in the order of its output. */
export interface Progress {
  /** Bytes of input that the run has finished. */
  bytes: number;
  /** Bytes of all inputs together; undefined when the size of one is unknown. */
  total: number | undefined;
  /** Lines that the last stage kept. */
  kept: number;
  /** Bytes of output. */
  written: number;
}

/** How to watch and abort a run. */
export interface RunOptions {
  /** Aborting it ends the run. Complete blocks are still written. */
  signal?: AbortSignal | undefined;
  /** Called every `progressInterval` with the progress so far. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Milliseconds between two calls of `onProgress`; 250 by default. */
  progressInterval?: number | undefined;
}

/** What one stage of a run did. */
export interface StageStatistics {
  /** The plugin's name in messages. */
  label: string;
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
  /** Its lines that the last stage kept. */
  kept: number;
}

/** What a run did. */
export interface RunResult {
  /** Bytes of input. */
  bytes: number;
  /** Bytes of all inputs together; undefined when the size of one is unknown. */
  total: number | undefined;
  /** Lines that the last stage kept. */
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
  /** The stages of the pipeline in order, then the exporter if there is one. */
  stages: StageStatistics[];
  /** An error for each input that could not be read. The run has read the others. */
  failures: PlughostError[];
  /**
   * Faults of isolated plugins that cost lines, in the order of the lines.
   */
  faults: PluginFaultError[];
  /** Faults of isolated plugins that disappeared on retry. */
  transient: PluginFaultError[];
}

/** What a run had done before it failed. The key is the error that ended it. */
export const resultAtFailure = new WeakMap<Error, RunResult>();

/** A run under way. It retains its plugins until it has ended. */
export class Job {
  readonly native: NativeJob;
  /** Settles when all threads have ended; rejects with the error that ended the run. It does not keep the process alive. */
  readonly result: Promise<RunResult>;
  #stopped = false;

  readonly #signal: AbortSignal | undefined;

  /**
   * Starts the run. The pipeline and the options have been checked.
   * @param output the name of the output in messages
   * @throws CancelledError, PluginClosedError, PluginBusyError, UsageError, RunnerError; then nothing has begun
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

  /** Returns the result for users: waiting for it keeps the process alive. */
  promise(): RunPromise {
    return new RunPromise(this.result, () => this.native.keepAlive());
  }

  /** Feeds bytes of the input, or with null its end. Resolves when the bytes may change. @throws UsageError */
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

  /** Calls the listener when the run is aborted, until the returned function is called. */
  onAbort(listener: () => void): () => void {
    this.#signal?.addEventListener('abort', listener, { once: true });
    return () => this.#signal?.removeEventListener('abort', listener);
  }

  /** Ends the run because its output is not needed any more. That is not a failure. */
  stop(): void {
    this.#stopped = true;
    this.native.close();
  }

  async #finish(names: Names, plugins: readonly Plugin[], options: RunOptions): Promise<RunResult> {
    try {
      const native = await watch(this.native, options);
      return resultOf(native, names, options.signal, this.#stopped);
    } finally {
      for (const plugin of plugins) plugin.release();
    }
  }
}

/** Turns an error of the addon into ours when the addon, or the system, has refused the run. */
function startErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'INVALID_STAGE')
    return new UsageError(`run: ${error.message}`, { cause: error });
  if (!('errno' in error && 'operation' in error)) return error;
  return runnerErrorOf('the run', String(error.operation), Number(error.errno));
}

/** Waits for the end of a run. Meanwhile it delivers log lines and progress, and passes on the signal. */
async function watch(
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
  // The native job decides whether the process stays alive.
  timer.unref();
  try {
    return await job.done;
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', cancel);
    deliverPluginLog();
  }
}

/** What error messages about a run need. */
interface Names {
  inputs: readonly string[];
  output: string;
  maxLine: number | undefined;
}

/** Makes the result of a run. @throws the error that ended it */
function resultOf(
  native: NativeResult,
  { inputs, output, maxLine }: Names,
  signal: AbortSignal | undefined,
  stopped: boolean,
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
    : native.cancelled && !stopped
      ? new CancelledError('run', { cause: signal?.reason })
      : undefined;
  if (!error) return result;
  resultAtFailure.set(error, result);
  throw error;
}
