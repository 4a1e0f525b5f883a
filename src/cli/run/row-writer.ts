import type { NamedPlugin } from '../flags/plan.js';
import { STANDARD_OUTPUT } from '../terminal/standard-streams.js';
import { isTerminal } from '../terminal/terminal.js';
import type { LoadedStages } from './row-stages.js';
import type { RunRequest } from './run-request.js';

/** Rows of a table of answers, unless `--limit` asks for more. */
const TABLE_ROWS = 40;

/**
 * Returns the exporter of a run. If none is named and rows are written, that is `table` at a terminal, and `csv` elsewhere.
 * Undefined if lines are written.
 */
export function rowWriterOf(request: RunRequest, { answers }: LoadedStages): NamedPlugin | undefined {
  const { exporter, columnNames, output, stages } = request;
  if (!exporter && !answers && !columnNames) return undefined;
  const { numbers, names } = request.print;
  const values = { ...(numbers && { line: true }), ...(names && { file: true }) };
  const limits = stages.flatMap((stage) => (stage.kind === 'aggregate' ? (stage.limit ?? []) : []));
  // Of lines a table shows all.
  return writerOf({ exporter, output, values, rows: answers ? tableRows(limits) : 0 });
}

/** Returns the exporter of answers that the flags of `plughost finish` ask for. */
export const answerWriterOf = (
  exporter: NamedPlugin | undefined,
  output: string | undefined,
  limit: number | undefined,
): NamedPlugin => writerOf({ exporter, output, values: {}, rows: tableRows(limit === undefined ? [] : [limit]) });

interface Writing {
  exporter: NamedPlugin | undefined;
  output: string | undefined;
  /** Options of an exporter that nobody named. */
  values: { line?: boolean; file?: boolean };
  /** The rows of a table, which its own options override. 0: all. */
  rows: number;
}

function writerOf({ exporter, output = '-', values, rows }: Writing): NamedPlugin {
  const atTerminal = output === '-' && isTerminal(STANDARD_OUTPUT.fd);
  const writer = exporter ?? { name: atTerminal ? 'table' : 'csv', parameters: [{ values }] };
  if (writer.name !== 'table') return writer;
  return { ...writer, parameters: [{ values: { limit: rows } }, ...writer.parameters] };
}

/** Returns the rows of a table of answers. The engine counts only those that `--limit` lets pass, so it shows them all. */
const tableRows = (limits: readonly number[]): number => (limits.includes(0) ? 0 : Math.max(TABLE_ROWS, ...limits));
