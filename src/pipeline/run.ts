import { checked } from '../arguments/argument.js';
import { inputList, runOptions, wholePipeline } from './arguments.js';
import { type Destination, destinationOf, isPipe, pipeOf } from './destination.js';
import { Job, type RunOptions, type RunResult } from './job.js';
import { type Input, type Pipeline, specOf } from './pipeline.js';

/**
 * Runs inputs, one after the other, through stages to an output, on threads of the engine; lines stay in input order.
 * No byte of a line comes into JavaScript, unless the output is a stream.
 *
 * A file that is the output appears, or is replaced, when the run has ended well and could read all of its inputs; else
 * what was there stays, unless `keepPartial` says otherwise. A named pipe is waited for until somebody reads it.
 * @throws UsageError, CapabilityError, PluginClosedError, OutputError before the start; PluginFailedError,
 * ContractViolationError, OutputError, LineTooLongError, CancelledError during the run: what stands before the failure is
 * written to a descriptor or a stream, and `resultAtFailure` tells how much it was.
 */
export async function run(
  inputs: readonly Input[],
  pipeline: Pipeline = {},
  options: RunOptions = {},
): Promise<RunResult> {
  const from = checked('run', 'inputs', inputs, inputList);
  const through = checked('run', 'pipeline', pipeline, wholePipeline);
  const by = checked('run', 'options', options, runOptions);
  const { output } = through;
  // Only a pipe is waited for, so that everything else has begun when this returns.
  const destination = isPipe(output) ? await pipeOf(output, by.signal) : destinationOf(output, from);
  let isWanted = false;
  try {
    const job = new Job(specOf(from, through, destination.native), through, by, destination.name);
    isWanted = through.keepPartial ?? false;
    await destination.conduct(job);
    const result = await job.result;
    isWanted ||= result.failures.length === 0;
    return result;
  } finally {
    settle(destination, isWanted);
  }
}

function settle(destination: Destination, isWanted: boolean): void {
  try {
    if (isWanted) destination.commit();
  } finally {
    destination.discard();
  }
}
