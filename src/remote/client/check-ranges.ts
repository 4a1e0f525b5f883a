const NEWLINE = 0x0a;

/** A range of bytes in a block. */
export interface Range {
  begin: number;
  end: number;
}

/** Reads `gap, length, gap, length`. Returns what is wrong as text. Ranges may not be empty and lie inside of `size`. */
export function rangesOf(gaps: readonly number[], size: number): Range[] | string {
  if (gaps.length % 2 !== 0) return 'a range has no length';
  const ranges: Range[] = [];
  let at = 0;
  for (let i = 0; i < gaps.length; i += 2) {
    const begin = at + (gaps[i] as number);
    at = begin + (gaps[i + 1] as number);
    if (at === begin) return 'a range is empty';
    if (at > size) return 'a range ends outside of the block';
    ranges.push({ begin, end: at });
  }
  return ranges;
}

/**
 * Checks the ranges that a filter keeps: each must lie in a range in question and consist of whole lines. Returns what is
 * wrong; undefined when nothing is. `gaps` never go back, so ranges ascend.
 */
export function faultOfKept(block: Uint8Array, asked: readonly Range[], kept: readonly Range[]): string | undefined {
  let next = 0;
  for (const { begin, end } of kept) {
    while (next < asked.length && (asked[next] as Range).end <= begin) next++;
    const around = asked[next];
    if (!around || begin < around.begin || end > around.end) return 'it keeps lines that it was not asked about';
    if (begin !== around.begin && block[begin - 1] !== NEWLINE) return 'a range begins inside of a line';
    if (end !== around.end && block[end - 1] !== NEWLINE) return 'a range ends inside of a line';
  }
  return undefined;
}
