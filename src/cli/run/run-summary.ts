import type { RunResult } from '../../pipeline/job.js';
import type { PrintOptions } from '../../pipeline/pipeline.js';
import type { RunRequest } from './run-request.js';

type Summed = Pick<RunRequest, 'inputs' | 'count' | 'total' | 'listed' | 'filenames' | 'quiet'> & {
  print: Pick<PrintOptions, 'nul' | 'color'>;
};

/** Whether no line is printed: what there is to print is known at the end, from what was counted. */
export function isSummed({ count, listed, quiet }: Pick<Summed, 'count' | 'listed' | 'quiet'>): boolean {
  return count || listed === 'without' || quiet;
}

/**
 * What a run prints that prints no lines, and otherwise nothing: as grep does, without inputs that could not be opened.
 * `names` are what became of the `inputs` of the request. Names stand before numbers where there are several, or where a
 * single one was found in a folder or by a glob.
 */
export function summaryOf(
  { inputs: asked, count, total, listed, filenames, quiet, print: { nul, color } }: Summed,
  names: readonly string[],
  { inputs, kept }: Pick<RunResult, 'inputs' | 'kept'>,
): string {
  if (quiet) return '';
  const shown = (name: string) => (color ? `\x1b[35m${name}\x1b[0m` : name);
  const separator = nul ? '\0' : color ? '\x1b[36m:\x1b[0m' : ':';
  const read = inputs.filter(({ state }) => state === 'read');
  if (listed === 'without') {
    return read
      .filter((input) => input.kept === 0)
      .map(({ name }) => shown(name) + (nul ? '\0' : '\n'))
      .join('');
  }
  if (!count) return '';
  if (total) return `${kept}\n`;
  const several = asked.length > 1 || names[0] !== asked[0];
  const named = filenames === 'always' || (several && filenames !== 'never');
  return read.map((input) => `${named ? shown(input.name) + separator : ''}${input.kept}\n`).join('');
}
