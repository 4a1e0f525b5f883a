import type { NativeResult } from '../../addon/run-result.js';
import type { RunSpec } from '../../addon/run-spec.js';
import { COLUMN_TYPES, type Column } from './column-type.js';
import { rowsOf } from './rows-of.js';

/**
 * Returns the watched columns of each stage, and of the exporter. Stages of lines have none. A stage with `any` has those
 * of its first filter that reads rows: the later filters get fewer rows.
 */
export function watchedColumns({ stages, exporter }: Pick<RunSpec, 'stages' | 'exporter'>): Column[][] {
  return [...stages, exporter].map((stage) => {
    if (stage === null || typeof stage !== 'object') return [];
    const alternatives = 'any' in stage ? stage.any : [stage];
    const rows = alternatives.find((one) => 'watched' in one);
    return (rows?.watched ?? []).flatMap((index) => {
      const field = rows?.columns[index];
      return field ? [{ name: field.name, type: COLUMN_TYPES[field.type] ?? 'any' }] : [];
    });
  });
}

/** Returns the watched columns of a stage in which no row had a value, if there are any. Without rows that says nothing. */
export function emptyColumns(
  stage: Pick<NativeResult['stages'][number], 'linesIn' | 'linesSkipped' | 'linesUnfit' | 'valued'>,
  watched: readonly Column[],
): { emptyColumns?: Column[] } {
  if (rowsOf(stage) === 0) return {};
  const empty = watched.filter((_, index) => ((stage.valued >> BigInt(index)) & 1n) === 0n);
  return empty.length > 0 ? { emptyColumns: empty } : {};
}
