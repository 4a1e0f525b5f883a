import { cleaned } from '../../text/printable.js';
import { table } from '../terminal/table.js';
import { twoColumns } from '../terminal/wrap.js';
import type { Report } from './report.js';
import { HEADINGS, LEGEND, rowsOf, setupOf, titleOf } from './words.js';

/** Returns the report as text for a terminal. */
export function textOf(report: Report): string {
  const parts = [
    [cleaned(titleOf(report)), ...setupOf(report).map((fact) => `  ${cleaned(fact)}`)].join('\n'),
    table([HEADINGS, ...rowsOf(report)], '', 2),
    LEGEND.map(([term, meaning]) => twoColumns(term, meaning)).join('\n'),
    ...report.remarks.map((remark) => `Note: ${remark}.`),
  ];
  return `${parts.join('\n\n')}\n`;
}
