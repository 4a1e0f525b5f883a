import { UsageError } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';

/** Returns the error for a column that is not among the known ones. @param what the message without its hint */
export function unknownColumn(what: string, name: string, known: readonly string[]): UsageError {
  // A column of several aggregators has the name of its own after a dot: stats.count.
  const longer = known.filter((one) => one.endsWith(`.${name}`));
  const near = longer.length > 0 ? longer.join(' or ') : nearest(name, known)[0];
  return new UsageError(what, { hint: near ? `did you mean ${near}?` : `it has: ${known.join(', ') || 'none'}` });
}
