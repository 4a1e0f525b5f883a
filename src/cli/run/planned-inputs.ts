import { readFileSync } from 'node:fs';
import { InputError, reasonOf, UsageError } from '../../errors/index.js';
import { bytesOf, hasOnlyBytes, systemPath } from '../../files/file-name.js';
import { joined, Overlap, type Range } from '../../pipeline/states/coverage.js';
import { isStandardInput, STANDARD_INPUT } from '../terminal/standard-streams.js';
import type { Inputs } from './inputs.js';
import type { RunRequest } from './run-request.js';

type Asked = Pick<RunRequest, 'planFile' | 'inputs' | 'json' | 'numbers' | 'listed' | 'limit' | 'print'>;

/**
 * Reads the parts of files that a plan lists, one JSON object a line, as `plughost plan` writes them.
 * @throws InputError when it is no such plan; UsageError for what parts do not go with
 */
export function plannedInputs(asked: Asked): Inputs {
  const { planFile = '', inputs } = asked;
  if (inputs.some((name) => name !== '-')) {
    throw new UsageError(`run: --plan ${planFile} lists the inputs, and ${inputs[0]} is one more`);
  }
  const flag = aboutFiles(asked);
  if (flag) throw new UsageError(`run: --${flag} needs whole files, and --plan reads parts of them`);
  const ranges = textOf(planFile)
    .split('\n')
    .flatMap((line, i) => (line === '' ? [] : [rangeOf(line, planFile, i + 1)]));
  const read = joined(ranges);
  if (read instanceof Overlap) throw new InputError(planFile, 'read the plan', read.reason);
  return { names: ranges.map(({ name }) => name), ranges, failures: [], warnings: [] };
}

/** Returns a flag whose meaning is about each file, and which would say something else about each part. */
function aboutFiles({ json, numbers, listed, limit, print }: Asked): string | undefined {
  if (json) return 'json';
  if (numbers) return 'line-number';
  if (listed) return listed === 'with' ? 'files-with-matches' : 'files-without-match';
  if (limit !== undefined) return 'max-count';
  return print.before + print.after > 0 ? 'context' : undefined;
}

function textOf(planFile: string): string {
  try {
    return readFileSync(isStandardInput(planFile) ? STANDARD_INPUT.fd : systemPath(planFile), 'utf8');
  } catch (cause) {
    throw new InputError(planFile, 'read the plan', reasonOf(cause), { cause });
  }
}

function rangeOf(line: string, planFile: string, number: number): Range {
  const { input, begin, end } = objectOf(line);
  const isName = typeof input === 'string' && input !== '' && hasOnlyBytes(input) && !bytesOf(input).includes(0);
  const isOffset = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (isName && isOffset(begin) && isOffset(end) && begin < end) return { name: input, begin, end };
  throw new InputError(planFile, 'read the plan', `line ${number} is not {"input":…,"begin":…,"end":…}`);
}

function objectOf(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
