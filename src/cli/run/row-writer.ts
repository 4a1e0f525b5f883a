import type { NamedPlugin } from '../flags/plan.js';
import { STANDARD_OUTPUT } from '../terminal/standard-streams.js';
import { isTerminal } from '../terminal/terminal.js';
import type { LoadedStages } from './row-stages.js';
import type { RunRequest } from './run-request.js';

/** Rows of a table of answers, unless `--limit` asks for more. */
const TABLE_ROWS = 40;

/**
 * Returns the exporter. If none is named and rows are written, that is `table` at a terminal, and `csv` elsewhere. Undefined
 * if lines are written.
 */
export function rowWriterOf(request: RunRequest, { answers }: LoadedStages): NamedPlugin | undefined {
  const { exporter, columnNames, output = '-' } = request;
  if (exporter) return exporter.name === 'table' ? withLimit(exporter, request) : exporter;
  if (!answers && !columnNames) return undefined;
  const { numbers, names } = request.print;
  const values = { ...(numbers && { line: true }), ...(names && { file: true }) };
  const writer = { name: 'csv', parameters: [{ values }] };
  const atTerminal = output === '-' && isTerminal(STANDARD_OUTPUT.fd);
  return atTerminal ? withLimit({ ...writer, name: 'table' }, request) : writer;
}

/**
 * Gives a table the number of its rows, which its own options override. The engine counts only the answers that `--limit`
 * lets pass, so a table shows at least those. Of lines it shows all.
 */
function withLimit(table: NamedPlugin, { stages }: RunRequest): NamedPlugin {
  const aggregators = stages.filter((stage) => stage.kind === 'aggregate');
  const limits = aggregators.flatMap(({ limit }) => limit ?? []);
  const limit = aggregators.length === 0 || limits.includes(0) ? 0 : Math.max(TABLE_ROWS, ...limits);
  return { ...table, parameters: [{ values: { limit } }, ...table.parameters] };
}
