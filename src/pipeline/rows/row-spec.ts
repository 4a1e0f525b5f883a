import type { NativeAnswers, NativeFold, NativeRowExport, NativeRowStage } from '../../addon/row-spec.js';
import { UsageError } from '../../errors/index.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import type { Caller } from '../caller.js';
import type { HeaderSection } from '../states/header.js';
import { answerColumns } from './answer-columns.js';
import { COLUMN_TYPES, type Column, type ColumnType, numberOf } from './column-type.js';
import { describeRows } from './describe.js';
import { type Key, nativeKeyOf, readColumn, readKey, typeOfKey } from './key.js';
import type { RowExport, RowStage } from './row-stage.js';
import { unknownColumn } from './unknown-column.js';
import { WantedColumns } from './wanted-columns.js';
import type { Zone } from './zone.js';

const GROUP_MEMORY = 512 << 20;

/** A row stage as the engine gets it, and the answers of its folds without the index of the stage. */
export interface RowStageSpec {
  stage: NativeRowStage;
  answers: Omit<NativeAnswers, 'stage'>[];
  /** What its states are of, one for each fold. */
  sections: HeaderSection[];
}

/**
 * Resolves the columns that filters, keys and aggregators of a stage want. Only what is asked for decides about types, never
 * the data, so every part of a split input gives the same types.
 * @param zone by whose clocks times are cut into steps
 * @throws UsageError, CapabilityError, PluginFailedError, ContractViolationError
 */
export function rowStageOf(
  caller: Caller,
  { parser, unparsed, filters = [], aggregations = [], groupMemory }: RowStage,
  zone: Zone | undefined,
): RowStageSpec {
  const description = describeRows(parser, 'parser');
  const wanted = new WantedColumns(caller, 'by', parser.label, description);
  const pick = (plugin: Plugin, columns: readonly Column[]) =>
    columns.map((column) => {
      // Whoever asks whether there is a value needs no warning that there is none.
      const asksForValue = plugin.row_filter !== undefined && plugin.config.includes(`has(${column.name})`);
      return wanted.add(column, plugin.label, asksForValue);
    });
  const nativeFilters = filters.map(({ row_filter, invert = false }) => ({
    filter: row_filter.stage('row_filter', { invert }),
    columns: pick(row_filter, describeRows(row_filter, 'row_filter').columns),
  }));
  const answers: RowStageSpec['answers'] = [];
  const sections: HeaderSection[] = [];
  const folds = aggregations.map((aggregation, fold): NativeFold => {
    const by = (aggregation.by ?? []).map((text) => {
      const key = readKey(caller, 'by', text, wanted.known);
      refuseUnknownStep(caller, key, wanted.known);
      const index = wanted.add(
        { name: key.name, type: typeOfKey(key, wanted.known) },
        `${caller.option('by')} ${text}`,
      );
      return { key, native: nativeKeyOf(caller, key, index, wanted.at(index), zone), column: wanted.at(index) };
    });
    const aggregators = aggregation.aggregators.map((plugin) => {
      const { columns, outputs, revision } = describeRows(plugin, 'aggregator');
      return {
        plugin,
        outputs,
        revision,
        native: { aggregator: plugin.stage('aggregator'), columns: pick(plugin, columns) },
      };
    });
    const keys = by.map(({ key, column }) => ({ name: key.name, text: key.text, type: column.type }));
    const described = aggregators.map(({ plugin: { id, label, config }, outputs, revision }) => ({
      label,
      described: { id, config: JSON.parse(config), revision, outputs },
    }));
    const columns = answerColumns(
      caller,
      keys,
      described.map(({ label, described }) => ({ label, ...described })),
    );
    answers.push({ fold, ...answersOf(caller, aggregation, columns) });
    sections.push({ by: keys, aggregators: described.map(({ described }) => described) });
    return {
      by: by.map(({ native }) => native),
      aggregators: aggregators.map(({ native, outputs }) => ({ ...native, outputs: outputs.map(nativeOf) })),
    };
  });
  const stage: NativeRowStage = {
    parser: parser.stage('parser'),
    columns: wanted.native,
    watched: wanted.watched,
    numbers: wanted.numbers,
    unparsed: unparsed ?? 'drop',
    filters: nativeFilters,
    folds,
    groupMemory: groupMemory ?? GROUP_MEMORY,
    spillFolder: process.getBuiltinModule('node:os').tmpdir(),
  };
  return { stage, answers, sections };
}

/** Refuses a key such as time:minute, which is a column of the parser and no step of it. */
function refuseUnknownStep(caller: Caller, { text, name }: Key, columns: readonly Column[]): void {
  const colon = name.lastIndexOf(':');
  if (colon < 0 || columns.some((one) => one.name === name)) return;
  const column = columns.find((one) => one.name === name.slice(0, colon));
  if (!column) return;
  const steps = { time: ':1m or :1h; units are ms, s, m, h, d, w', boolean: '' } as Record<ColumnType, string>;
  const flag = caller.option('by');
  throw new UsageError(
    caller.message('by', `${flag} ${text}: ${name.slice(colon + 1) || 'nothing'} is no step of ${column.name}`),
    {
      hint: `write: ${flag} ${column.name}${steps[column.type] ?? ':100, :10k, :1M or :log2'}`,
    },
  );
}

export const nativeOf = ({ name, type }: Column) => ({ name, type: numberOf(type) });

/** Returns how the engine sorts answers. @throws UsageError when there is no such column */
export function answersOf(
  caller: Caller,
  { sort = [], limit = 0 }: { sort?: readonly string[] | undefined; limit?: number | undefined },
  columns: readonly Column[],
): Pick<NativeAnswers, 'columns' | 'sort' | 'limit'> {
  const names = columns.map(({ name }) => name);
  return {
    columns: columns.map(nativeOf),
    sort: sort.map((text) => {
      const exact = names.indexOf(text);
      const descending = exact < 0 && text.startsWith('-');
      const column = descending
        ? indexOf(caller, text.slice(1), names)
        : exact >= 0
          ? exact
          : indexOf(caller, text, names);
      if (column >= 0) return { column, descending };
      throw unknownColumn(
        caller.message('sort', `${caller.option('sort')} ${text}: the answer has no such column`),
        text.replace(/^-/, ''),
        names,
      );
    }),
    limit,
  };
}

/** Returns the index of a column of answers, whose name may stand in backquotes. */
function indexOf(caller: Caller, text: string, names: readonly string[]): number {
  const exact = names.indexOf(text);
  if (exact >= 0 || !text.startsWith('`')) return exact;
  const { name, text: long, type, step } = readKey(caller, 'sort', text);
  return type || step || names.includes(long) ? names.indexOf(long) : names.indexOf(name);
}

/**
 * Resolves the columns that an exporter writes, or that become frames.
 * @param zone of its times
 * @throws as rowStageOf does
 */
export function rowExportOf(
  caller: Caller,
  exporter: Plugin | 'frames',
  { parser, unparsed, columns }: RowExport,
  zone: Zone | undefined,
): NativeRowExport {
  const description = describeRows(parser, 'parser');
  const asked = columns ?? description.columns.map(({ name }) => name);
  if (asked.length === 0) {
    const why = columns ? 'no columns are named' : `${parser.label} has columns of any name`;
    throw new UsageError(caller.message('columns', `${why}, so it must be said which are written`), {
      hint: `write: ${caller.option('columns')} time,level,message`,
    });
  }
  const wanted = new WantedColumns(caller, 'columns', parser.label, description);
  const flag = caller.option('columns');
  const unique = new Set<string>();
  for (const given of asked) {
    const { text, name, type = COLUMN_TYPES[0] } = readColumn(caller, given, wanted.known);
    if (unique.has(text)) throw new UsageError(caller.message('columns', `${flag}: ${text} is there twice`));
    const index = wanted.add({ name, type }, flag);
    if (index < unique.size)
      throw new UsageError(caller.message('columns', `${flag}: ${[...unique][index]} and ${text} are the same column`));
    unique.add(text);
  }
  return {
    exporter: exporter === 'frames' ? exporter : writerOf(caller, exporter),
    parser: parser.stage('parser'),
    columns: wanted.native,
    watched: wanted.watched,
    numbers: wanted.numbers,
    unparsed: unparsed ?? 'drop',
    zone: zone?.table ?? null,
  };
}

/** Returns the stage of an exporter that writes rows. @throws UsageError, CapabilityError */
export function writerOf(caller: Caller, exporter: Plugin) {
  const stage = exporter.stage('exporter');
  if (!exporter.exporter?.rows) {
    throw new UsageError(`${caller.name}: ${exporter.label} writes lines, and no rows`, {
      hint: 'plughost list shows the exporters; csv and jsonl write rows',
    });
  }
  return stage;
}
