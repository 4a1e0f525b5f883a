import { bytesOf } from '../../files/file-name.js';

/** Bytes of an input: those from `begin` on, before `end`. */
export interface Range {
  /** The path of the file, as it was given. */
  name: string;
  begin: number;
  end: number;
}

/** Two ranges of one input that share bytes, whose lines would be counted twice. */
export class Overlap {
  readonly range: Range;

  constructor(range: Range) {
    this.range = range;
  }

  /** Says which bytes they are, for messages. */
  get reason(): string {
    const { name, begin, end } = this.range;
    return `bytes ${begin} to ${end} of ${name} are read twice, and would be counted twice`;
  }
}

/**
 * Returns ranges in the order of their names and begins, those that touch as one; or the first of them that overlaps an
 * earlier one.
 */
export function joined(ranges: readonly Range[]): Range[] | Overlap {
  const keys = new Map<string, Buffer>();
  for (const { name } of ranges) if (!keys.has(name)) keys.set(name, bytesOf(name));
  const keyOf = ({ name }: Range) => keys.get(name) as Buffer;
  const sorted = ranges
    .filter(({ begin, end }) => begin < end)
    .sort((a, b) => (a.name === b.name ? a.begin - b.begin : Buffer.compare(keyOf(a), keyOf(b))));
  const result: Range[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last?.name !== range.name || last.end < range.begin) result.push({ ...range });
    else if (last.end > range.begin) return new Overlap({ ...range, end: Math.min(range.end, last.end) });
    else last.end = range.end;
  }
  return result;
}
