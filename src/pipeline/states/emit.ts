import type { RunSpec } from '../../addon/run-spec.js';
import { UsageError } from '../../errors/index.js';
import type { CheckedInput, CheckedPipeline } from '../arguments.js';
import type { Caller } from '../caller.js';
import { fileStatusOf } from '../file-status.js';
import type { RowStage } from '../rows/row-stage.js';
import { joined, Overlap, type Range } from './coverage.js';
import type { HeaderSection } from './header.js';
import { headerOf } from './header-of.js';
import { prefixOf } from './prefix.js';

/**
 * Returns the inputs of a run with the ends of its files, so that a file that grows meanwhile is read up to the end that its
 * coverage has. Streams and empty files stay as they are.
 */
export function boundedInputs(
  inputs: readonly CheckedInput[],
  { longLines = 'fail' }: CheckedPipeline,
): CheckedInput[] {
  // Other ways to handle long lines read a file from its beginning to its end.
  if (longLines !== 'fail') return [...inputs];
  return inputs.map((input) => (typeof input === 'string' ? (wholeRange(input) ?? input) : input));
}

function wholeRange(name: string): Range | undefined {
  const status = fileStatusOf(name);
  return status?.isFile() && status.size > 0 ? { name, begin: 0, end: status.size } : undefined;
}

/** Returns what the run writes before its states. @throws UsageError when a line would be counted twice */
export function statesOf(
  caller: Caller,
  inputs: readonly CheckedInput[],
  pipeline: CheckedPipeline,
  stage: RowStage,
  sections: HeaderSection[],
): NonNullable<RunSpec['states']> {
  const ranges = inputs.flatMap((input): Range[] => {
    if (typeof input === 'string') return [wholeRange(input) ?? []].flat();
    return 'end' in input ? [input] : [];
  });
  const coverage = joined(ranges);
  if (coverage instanceof Overlap) throw new UsageError(`${caller.name}: ${coverage.reason}`);
  return {
    prefix: prefixOf(headerOf(pipeline, stage, sections), coverage),
    stage: (pipeline.stages ?? []).indexOf(stage),
  };
}
