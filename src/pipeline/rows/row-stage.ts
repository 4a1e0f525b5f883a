import type { Plugin } from '../../loader/plugin/plugin.js';

/** What happens to lines that do not have the parser's format: they are left out, have a row of nulls, or end the run. */
export type Unparsed = 'drop' | 'keep' | 'fail';

/** Keeps some rows. */
export interface RowFilterStage {
  row_filter: Plugin;
  /** Keep the rows that the filter drops. */
  invert?: boolean | undefined;
}

/** Groups rows, and folds the rows of each group into one row of answers. */
export interface Aggregation {
  /** What is asked of each group. */
  aggregators: readonly Plugin[];
  /**
   * Columns by which rows are grouped, perhaps with a type, and cut into steps: `status`, `time:1m`, `n:integer`,
   * `ms:real:0.5`. A name may stand in backquotes, and then holds all colons in them. All rows, if there is none.
   */
  by?: readonly string[] | undefined;
  /** Columns of the answer by which it is sorted; those with `-` before them descend. By the keys, if there is none. */
  sort?: readonly string[] | undefined;
  /** The most rows of the answer. */
  limit?: number | undefined;
}

/** Reads lines as rows of typed columns. */
export interface RowStage {
  parser: Plugin;
  unparsed?: Unparsed | undefined;
  filters?: readonly RowFilterStage[] | undefined;
  /** The exporter writes the answers when all lines were read, one table for each. The lines themselves go no further. */
  aggregations?: readonly Aggregation[] | undefined;
  /** Bytes of memory that the groups of all aggregations may take; 512 MiB by default. More of them go into temporary files. */
  groupMemory?: number | undefined;
}

/** How an exporter gets the kept lines as rows. */
export interface RowExport {
  parser: Plugin;
  unparsed?: Unparsed | undefined;
  /**
   * The columns, in the order in which they are written; all of the parser's own by default. A type may follow: `ms:real`. A
   * name may stand in backquotes, as in `by`.
   */
  columns?: readonly string[] | undefined;
}
