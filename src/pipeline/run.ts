import { checked } from '../arguments/argument.js';
import { type CheckedInput, type CheckedPipeline, inputList, runOptions, wholePipeline } from './arguments.js';
import { Caller } from './caller.js';
import { type Destination, destinationOf, isPipe, pipeOf, refuseSameFile } from './destination.js';
import { Job } from './job.js';
import type { Input, Pipeline } from './pipeline.js';
import type { CheckedRunOptions, RunOptions } from './run-options.js';
import type { RunResult } from './run-result.js';
import { specOf } from './run-spec.js';

const RUN = Caller.function('run');

/**
 * Runs inputs, one after the other, through stages to an output, on threads of the engine. Lines stay in input order.
 * JavaScript sees no byte of a line, unless the output is a stream.
 *
 * An output file appears, or is replaced, when the run succeeded and could read all inputs. Otherwise the old file stays,
 * unless `keepPartial` is set. If the output is a named pipe, the run begins when a process reads it.
 * @throws UsageError, CapabilityError, PluginClosedError, OutputError before the start; PluginFailedError,
 * ContractViolationError, OutputError, LineTooLongError, CancelledError during the run. A descriptor or a stream has then
 * received the output before the failure, and `resultAtFailure` has its size.
 */
export async function run(
  inputs: readonly Input[],
  pipeline: Pipeline = {},
  options: RunOptions = {},
): Promise<RunResult> {
  const from = checked('run', 'inputs', inputs, inputList);
  const through = checked('run', 'pipeline', pipeline, wholePipeline);
  return runChecked(RUN, from, through, checked('run', 'options', options, runOptions));
}

/** As `run`, of arguments that were checked, for any caller. */
export async function runChecked(
  caller: Caller,
  from: readonly CheckedInput[],
  through: CheckedPipeline,
  by: CheckedRunOptions,
): Promise<RunResult> {
  const { output, unparsedOutput } = through;
  refuseSameFile(output, unparsedOutput);
  // Only a pipe needs to wait. Every other run has begun when this function returns its promise.
  const destination = isPipe(output) ? await pipeOf(output, by.signal) : destinationOf(output, from);
  let isWanted = false;
  let unparsed: Destination | undefined;
  try {
    unparsed = isPipe(unparsedOutput) ? await pipeOf(unparsedOutput, by.signal) : destinationOf(unparsedOutput, from);
    const spec = specOf(caller, from, through, destination.native, { unparsed: descriptorOf(unparsed) });
    const job = new Job(caller, from, spec, through, by, { output: destination.name, unparsed: unparsed.name });
    isWanted = through.keepPartial ?? false;
    await destination.deliver(job);
    const result = await job.result;
    isWanted ||= result.failures.length === 0;
    return result;
  } finally {
    finish(isWanted, destination, unparsed);
  }
}

const descriptorOf = ({ native }: Destination): number | null => (typeof native === 'number' ? native : null);

/** Makes the first destination visible, then the others, if all of them are wanted. */
function finish(isWanted: boolean, ...destinations: (Destination | undefined)[]): void {
  try {
    if (isWanted) for (const destination of destinations) destination?.commit();
  } finally {
    for (const destination of destinations) destination?.discard();
  }
}
