import { cleaned } from '../../text/printable.js';

/**
 * Rows of cells as lines, each cell cleaned, each column as wide as its widest cell, without spaces at the ends. Columns from number
 * `figures` on are aligned to the right.
 */
export function table(cells: readonly (readonly string[])[], indent = '  ', figures = Infinity): string {
  const rows = cells.map((row) => row.map(cleaned));
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  // One very long last cell would otherwise make every line as long.
  const fill = (row: readonly string[]) =>
    row.map((cell, i) => {
      if (i >= figures) return cell.padStart(widths[i] ?? 0);
      return i < row.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell;
    });
  return rows.map((row) => (indent + fill(row).join('  ')).trimEnd()).join('\n');
}
