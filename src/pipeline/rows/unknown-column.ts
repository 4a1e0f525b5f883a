import { UsageError } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';
import { quoted } from '../../text/quoted-name.js';

/** Returns a name as it stands in a list of names. */
const inList = (name: string): string => (!name.startsWith('`') && /^-|,|^\s|\s$/.test(name) ? quoted(name) : name);

/** Returns the error for a column that is not among the known ones. @param what the message without its hint */
export function unknownColumn(what: string, name: string, known: readonly string[]): UsageError {
  // A column of several aggregators has the name of its own after a dot: stats.count.
  const longer = known.filter((one) => one.endsWith(`.${name}`));
  const near = longer.length > 0 ? longer : nearest(name, known).slice(0, 1);
  const hint =
    near.length > 0
      ? `did you mean ${near.map(inList).join(' or ')}?`
      : `it has: ${known.map(inList).join(', ') || 'none'}`;
  return new UsageError(what, { hint });
}
