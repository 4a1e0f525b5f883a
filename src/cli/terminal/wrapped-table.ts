import { folded, padded, widthOf } from './width.js';
import { wrap } from './wrap.js';

/** How wide the first cell, and one between it and the last, may make its column. */
const MAX_FIRST = 24;
const MAX_MIDDLE = 10;

/** The least width of the last column. */
const MIN_LAST = 20;

const INDENT = '  ';

/**
 * Formats rows of cleaned cells as a table of at most `width` columns, the first row being the head. Wraps the cells. Only
 * the first cell of a row, by which its reader refers to it, stays whole: if it is too wide, the others start below it.
 * Returns undefined if that leaves too little room for the last column.
 */
export function wrappedTable(rows: readonly (readonly string[])[], width: number): string[] | undefined {
  const last = (rows[0]?.length ?? 0) - 1;
  const widths: number[] = [];
  for (let i = 0; i < last; i++) {
    const widest = rows.reduce((most, row) => Math.max(most, widthOf(row[i] ?? '')), 0);
    widths.push(Math.min(widest, i === 0 ? MAX_FIRST : MAX_MIDDLE));
  }
  const taken = widths.reduce((sum, one) => sum + one + INDENT.length, INDENT.length);
  if (width - taken < MIN_LAST) return undefined;
  widths.push(width - taken);
  return rows.flatMap((row) => linesOf(row, widths));
}

function linesOf([first = '', ...others]: readonly string[], [room = 0, ...widths]: readonly number[]): string[] {
  const cells = others.map((cell, i) => wrapAll(cell, widths[i] ?? 0));
  const head = [first];
  const isOutside = widthOf(first) > room;
  if (isOutside) for (const cell of cells) cell.unshift('');
  const height = Math.max(1, ...cells.map((cell) => cell.length));
  return Array.from({ length: height }, (_, line) => {
    const start = isOutside && line === 0 ? first : padded(head[line] ?? '', room);
    const rest = cells.map((cell, i) => padded(cell[line] ?? '', widths[i] ?? 0));
    return (INDENT + [start, ...rest].join(INDENT)).trimEnd();
  });
}

/** Returns lines of at most `width` columns. Breaks words that are wider. */
export function wrapAll(text: string, width: number): string[] {
  const words = text.split(' ').flatMap((word) => folded(word, width));
  return wrap(words.join(' '), width);
}
