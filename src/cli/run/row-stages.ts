import { UsageError } from '../../errors/index.js';
import type { Plugin } from '../../loader/plugin/plugin.js';
import { Caller } from '../../pipeline/caller.js';
import type { AnyStage, FilterStage, Stage } from '../../pipeline/pipeline.js';
import { readKey } from '../../pipeline/rows/key.js';
import type { Aggregation, RowExport, RowFilterStage, RowStage } from '../../pipeline/rows/row-stage.js';
import type { NamedAggregator, NamedFilter, NamedPlugin, NamedStage } from '../flags/plan.js';
import type { Use } from '../plugin-for.js';
import type { RunRequest } from './run-request.js';
import { timeCondition } from './time-range.js';

type Loads = (named: NamedPlugin, use: Use) => Plugin;

/** Returns who asks for a run. All stages come from one source. */
export function callerOf({ stages, files }: Pick<RunRequest, 'stages' | 'files'>): Caller {
  const [file] = stages.map((stage) => (stage.kind === 'any' ? stage.filters[0]?.file : stage.file));
  const ofStages = ['parse', 'where', 'aggregate', 'by', 'sort', 'limit'];
  return Caller.command('run', (option) => files.get(option) ?? (ofStages.includes(option) ? file : undefined));
}

/** A stage of rows to which filters and aggregations are added. */
interface GrowingRows extends RowStage {
  filters: RowFilterStage[];
  aggregations: GrowingAggregation[];
}

interface GrowingAggregation extends Aggregation {
  aggregators: Plugin[];
}

/** The stages of a run, and how lines are read as rows at their end. */
export interface LoadedStages {
  stages: Stage[];
  /** The parser that was named last. */
  parser: Plugin | undefined;
  /** Whether a stage reads the columns of that parser. */
  isRead: boolean;
  /** Whether answers are written, and no lines. */
  answers: boolean;
}

/**
 * Loads the stages that the command line names. Filters of rows and aggregators that follow each other are one stage, which
 * parses each line once.
 * @throws UsageError when columns are read and no parser is named before
 */
export function loadStages(caller: Caller, request: RunRequest, load: Loads): LoadedStages {
  const loader = new StageLoader(caller, request, load);
  for (const named of request.stages) loader.add(named);
  return loader;
}

class StageLoader implements LoadedStages {
  readonly stages: Stage[] = [];
  parser: Plugin | undefined;
  isRead = false;
  answers = false;
  readonly #caller: Caller;
  readonly #request: RunRequest;
  readonly #load: Loads;
  /** The stage of rows that the next filter of rows joins. */
  #rows: GrowingRows | undefined;

  constructor(caller: Caller, request: RunRequest, load: Loads) {
    this.#caller = caller;
    this.#request = request;
    this.#load = load;
  }

  add(named: NamedStage): void {
    if (this.answers && named.kind !== 'aggregate') {
      throw new UsageError(this.#caller.message('aggregate', 'the stage after --aggregate gets no lines'), {
        hint: 'name filters and transforms before the first --aggregate',
      });
    }
    switch (named.kind) {
      case 'parse':
        if (this.parser && !this.isRead) throw idleParser(this.#caller, this.parser);
        this.parser = this.#load(named, 'parse');
        this.isRead = false;
        this.#rows = undefined;
        if (named === this.#request.stages.findLast(({ kind }) => kind === 'parse')) this.#keepTimes(this.parser);
        return;
      case 'aggregate':
        this.answers = true;
        this.#aggregate(named);
        return;
      case 'any':
        this.#rows = undefined;
        this.stages.push(this.#any(named.filters));
        return;
      case 'filter': {
        const plugin = this.#load(named, 'filter');
        if (isRowFilter(plugin)) {
          const rows = this.#rowStage(plugin);
          rows.filters.push(this.#rowFilter(plugin, named));
          return;
        }
        this.#push(this.#lineFilter(plugin, named));
        return;
      }
      default:
        this.#push({ [named.kind]: this.#load(named, named.kind), shape: this.#request.shape } as Stage);
    }
  }

  /** Keeps the rows of --since and --until. */
  #keepTimes(parser: Plugin): void {
    const expr = timeCondition(this.#caller, this.#request, parser);
    if (expr === undefined) return;
    const plugin = this.#load({ name: 'where', parameters: [{ key: 'expr', text: expr }] }, 'filter');
    this.#rowStage(plugin).filters.push({ row_filter: plugin });
  }

  #push(stage: Stage): void {
    this.#rows = undefined;
    this.stages.push(stage);
  }

  #lineFilter(filter: Plugin, { invert }: NamedFilter): FilterStage {
    return { filter, invert, shape: this.#request.shape };
  }

  #rowFilter(row_filter: Plugin, { invert }: NamedFilter): RowFilterStage {
    return { row_filter, invert };
  }

  #any(filters: readonly NamedFilter[]): AnyStage {
    return {
      any: filters.map((named) => {
        const plugin = this.#load(named, 'filter');
        if (!isRowFilter(plugin)) return this.#lineFilter(plugin, named);
        return { ...this.#newRowStage(plugin), filters: [this.#rowFilter(plugin, named)] };
      }),
    };
  }

  #aggregate(named: NamedAggregator): void {
    const plugin = this.#load(named, 'aggregate');
    const { aggregations } = this.#rowStage(plugin);
    const { sort, limit } = named;
    const by = named.by.map((text) => readKey(this.#caller, 'by', text).text);
    const shared = aggregations.find((one) => one.by?.join() === by.join());
    refuseTwo(this.#caller, 'sort', shared?.sort?.join(), sort?.join());
    refuseTwo(this.#caller, 'limit', shared?.limit, limit);
    const aggregation: GrowingAggregation = shared ?? { aggregators: [], by };
    if (!shared) aggregations.push(aggregation);
    aggregation.aggregators.push(plugin);
    if (sort) aggregation.sort = sort;
    if (limit) aggregation.limit = limit;
  }

  #newRowStage(reader: Plugin): RowStage {
    const { unparsed, groupMemory, replaced } = this.#request;
    if (!this.parser) {
      throw new UsageError(this.#caller.message('parse', `${reader.label} reads columns, and no parser gives them`), {
        hint: `name a parser before it: --parse access${replaced === undefined ? '' : `; the stages of ${replaced} do not count beside those of the command line`}`,
      });
    }
    this.isRead = true;
    return { parser: this.parser, unparsed, ...(groupMemory && { groupMemory }) };
  }

  #rowStage(reader: Plugin): GrowingRows {
    if (!this.#rows) {
      this.#rows = { ...this.#newRowStage(reader), filters: [], aggregations: [] };
      this.stages.push(this.#rows);
    }
    return this.#rows;
  }
}

/** Returns the error for a parser whose columns nothing reads. It may have been meant to drop the lines that do not fit. */
export const idleParser = (caller: Caller, { label }: Plugin): UsageError =>
  new UsageError(caller.message('parse', `--parse ${label}: nothing reads its columns`), {
    hint: 'name what does: --where CONDITION, --aggregate PLUGIN or --columns NAMES',
  });

/** Refuses a second order, or a second limit, for a table that several aggregators share. */
function refuseTwo(
  caller: Caller,
  option: 'sort' | 'limit',
  one: string | number | undefined,
  other: string | number | undefined,
): void {
  if (one === undefined || other === undefined || one === other) return;
  const flag = caller.option(option);
  const reason = `aggregators with the same --by share a table, and it has ${flag} ${one}`;
  throw new UsageError(caller.message(option, `${flag} ${other}: ${reason}`), {
    hint: `write ${flag} for one of them`,
  });
}

const isRowFilter = (plugin: Plugin): boolean => !plugin.filter && plugin.row_filter !== undefined;

/** Returns how the exporter gets rows, or undefined if it gets lines. */
export function exportedRows(
  caller: Caller,
  { columnNames, unparsed }: RunRequest,
  { parser, answers }: LoadedStages,
  exporter: Plugin | undefined,
): RowExport | undefined {
  if (columnNames && (answers || !parser)) {
    throw new UsageError(
      caller.message(
        'columns',
        `--columns: ${answers ? 'the answers of --aggregate have their own columns' : 'no parser gives columns'}`,
      ),
      {
        ...(!answers && { hint: 'name a parser: --parse access --columns time,path' }),
      },
    );
  }
  if (!parser || !exporter || answers) return undefined;
  if (columnNames) return { parser, unparsed, columns: columnNames };
  return exporter.exporter?.rows && !exporter.isolated && !parser.parser?.open ? { parser, unparsed } : undefined;
}
