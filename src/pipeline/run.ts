import { Job, type RunOptions, type RunResult } from './job.js';
import { type Input, type Pipeline, specOf } from './pipeline.js';

/**
 * Runs inputs, one after the other, through stages to an output, on threads of the engine; lines stay in input order.
 * No byte of a line comes into JavaScript.
 * @throws CapabilityError, UsageError, PluginClosedError before the start; PluginFailedError, ContractViolationError, OutputError,
 * LineTooLongError, CancelledError during the run: what stands before the failure is written, and `resultAtFailure`
 * tells how much it was.
 */
export async function run(inputs: Input[], pipeline: Pipeline, options: RunOptions = {}): Promise<RunResult> {
  return new Job(specOf(inputs, pipeline, pipeline.output?.fd ?? null), pipeline, options).result;
}
