import { UsageError } from '../../errors/index.js';
import { nearest } from '../../text/nearest.js';

/** Returns the error for a column that is not among the known ones. @param what the message without its hint */
export function unknownColumn(what: string, name: string, known: readonly string[]): UsageError {
  const [near] = nearest(name, known);
  return new UsageError(what, { hint: near ? `did you mean ${near}?` : `it has: ${known.join(', ')}` });
}
