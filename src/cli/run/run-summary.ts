import type { PrintOptions } from '../../pipeline/pipeline.js';
import type { RunResult } from '../../pipeline/run-result.js';
import type { RunRequest } from './run-request.js';

type Summed = Pick<RunRequest, 'inputs' | 'count' | 'total' | 'listed' | 'filenames' | 'quiet'> & {
  print: Pick<PrintOptions, 'nul' | 'color'>;
};

/** Returns whether the run prints a summary instead of lines: counts, names of files without a match, or nothing. */
export function isSummed({ count, listed, quiet }: Pick<Summed, 'count' | 'listed' | 'quiet'>): boolean {
  return count || listed === 'without' || quiet;
}

/**
 * Returns the summary of a run that prints no lines, and otherwise an empty text. As in grep, inputs that could not be
 * opened are left out. Names stand before numbers if there are several inputs, or if the single one was found in a
 * directory or by a glob.
 * @param names the files that the `inputs` of the request stand for
 */
export function summaryOf(
  { inputs: asked, count, total, listed, filenames, quiet, print: { nul, color } }: Summed,
  names: readonly string[],
  { inputs, kept }: Pick<RunResult, 'inputs' | 'kept'>,
): string {
  if (quiet || (!count && listed !== 'without')) return '';
  const shown = (name: string) => (color ? `\x1b[35m${name}\x1b[0m` : name);
  const separator = nul ? '\0' : color ? '\x1b[36m:\x1b[0m' : ':';
  const read = inputs.filter(({ state }) => state === 'read');
  if (listed === 'without') {
    return read
      .filter((input) => input.kept === 0)
      .map(({ name }) => shown(name) + (nul ? '\0' : '\n'))
      .join('');
  }
  if (total) return `${kept}\n`;
  const several = asked.length > 1 || names[0] !== asked[0];
  const named = filenames === 'always' || (several && filenames !== 'never');
  return read.map((input) => `${named ? shown(input.name) + separator : ''}${input.kept}\n`).join('');
}
