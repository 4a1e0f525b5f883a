import type { NativeJob } from '../addon/job.js';
import type { NativeResult } from '../addon/run-result.js';
import type { RunSpec } from '../addon/run-spec.js';
import { addon } from '../addon.js';
import { CANCEL_ASKED } from '../contract/constants.js';
import { CancelledError, reasonOf, UsageError } from '../errors/index.js';
import { runnerErrorOf } from '../loader/isolated/runner-error.js';
import { deliverPluginLog } from '../loader/plugin/log.js';
import type { Plugin } from '../loader/plugin/plugin.js';
import type { CheckedInput, CheckedPipeline } from './arguments.js';
import type { Caller } from './caller.js';
import type { MessageContext } from './failure.js';
import { pluginsOf } from './plugins.js';
import type { Column } from './rows/column-type.js';
import { watchedColumns } from './rows/watched.js';
import type { CheckedRunOptions, RunSignal } from './run-options.js';
import { RunPromise } from './run-promise.js';
import { type RunResult, resultOf } from './run-result.js';

/** A run under way. It retains its plugins until it has ended. */
export class Job {
  readonly native: NativeJob;
  /** Settles when all threads have ended; rejects with the error that ended the run. It does not keep the process alive. */
  readonly result: Promise<RunResult>;
  #stopped = false;

  readonly #signal: RunSignal | undefined;

  /**
   * Starts the run. The inputs, the pipeline and the options have been checked.
   * @param caller for messages
   * @param inputs those of the spec
   * @param names of the outputs in messages
   * @throws CancelledError, PluginClosedError, PluginBusyError, UsageError, RunnerError; then nothing has begun
   */
  constructor(
    caller: Caller,
    inputs: readonly CheckedInput[],
    spec: RunSpec,
    pipeline: CheckedPipeline,
    options: CheckedRunOptions,
    { output = '', unparsed = '' }: { output?: string; unparsed?: string } = {},
  ) {
    const { signal } = options;
    this.#signal = signal;
    if (signal?.aborted) throw new CancelledError(caller.name, { cause: signal.reason });
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
      throw startErrorOf(caller, error);
    }
    const names = inputs.map((input) => (typeof input === 'string' ? input : input.name));
    this.result = this.#finish(
      {
        caller,
        inputs: names,
        states: pipeline.merging?.states.files.map(({ name }) => name) ?? [],
        output,
        unparsed,
        maxLine: pipeline.maxLine,
      },
      plugins,
      options,
      watchedColumns(spec),
    );
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
    this.#signal?.addEventListener('abort', listener);
    return () => this.#signal?.removeEventListener('abort', listener);
  }

  /** Ends the run because its output is not needed any more. That is not a failure. */
  stop(): void {
    this.#stopped = true;
    this.native.close();
  }

  async #finish(
    context: MessageContext,
    plugins: readonly Plugin[],
    options: CheckedRunOptions,
    watched: readonly Column[][],
  ): Promise<RunResult> {
    try {
      const native = await watch(this.native, options);
      return resultOf(native, context, options.signal, this.#stopped, watched);
    } finally {
      for (const plugin of plugins) plugin.release();
    }
  }
}

/** Turns an error of the addon into ours when the addon, or the system, has refused the run. */
function startErrorOf(caller: Caller, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ('code' in error && error.code === 'INVALID_STAGE')
    return new UsageError(`${caller.name}: ${error.message}`, { cause: error });
  if (!('errno' in error && 'operation' in error)) return error;
  return runnerErrorOf('the run', String(error.operation), Number(error.errno));
}

/** Waits for the end of a run. Meanwhile it delivers log lines and progress, and passes on the signal. */
async function watch(
  job: NativeJob,
  { signal, onProgress, progressInterval = 250 }: CheckedRunOptions,
): Promise<NativeResult> {
  const cancel = () => job.cancel(CANCEL_ASKED);
  signal?.addEventListener('abort', cancel);
  const timer = setInterval(() => {
    deliverPluginLog();
    if (!onProgress) return;
    const { total, ...progress } = job.progress();
    onProgress({ ...progress, total: total || undefined });
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
