import { cleaned } from '../../text/printable.js';
import { padded, widthOf } from './width.js';

/**
 * Formats rows of cells as lines. Cleans each cell, makes each column as wide as its widest cell, and removes spaces at
 * the ends of lines. Columns from index `figures` on are aligned to the right.
 */
export function table(cells: readonly (readonly string[])[], indent = '  ', figures = Infinity): string {
  const rows = cells.map((row) => row.map(cleaned));
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
  // The last cell is not padded: one very long cell would make every line as long.
  const fill = (row: readonly string[]) =>
    row.map((cell, i) => {
      if (i >= figures) return ' '.repeat((widths[i] ?? 0) - widthOf(cell)) + cell;
      return i < row.length - 1 ? padded(cell, widths[i] ?? 0) : cell;
    });
  return rows.map((row) => (indent + fill(row).join('  ')).trimEnd()).join('\n');
}
