import { UsageError } from '../../errors/index.js';
import type { Config } from '../../loader/config/config.js';
import type { PlainStageKind } from '../../pipeline/pipeline.js';
import type { Refuse } from './flag.js';

/** A plugin as the command line names it, with the options that follow it. */
export interface NamedPlugin {
  name: string;
  parameters: Parameter[];
  /** Whether it runs in a process of its own. Undefined: as the flags say for all plugins. */
  isolate?: boolean | undefined;
  /** The configuration that names it, for messages. */
  file?: string | undefined;
}

export type Parameter = { key: string; text: string } | { file: string } | { values: Config };

export type NamedFilter = NamedPlugin & { kind: 'filter'; invert: boolean };

export type NamedParser = NamedPlugin & { kind: 'parse' };

/** An aggregator, and what its rows are grouped and sorted by. */
export type NamedAggregator = NamedPlugin & {
  kind: 'aggregate';
  by: string[];
  sort?: string[];
  /** 0 and undefined: all rows of the answer. */
  limit?: number;
};

/** A stage as the command line names it. */
export type NamedStage =
  | NamedFilter
  | NamedPlainStage
  | NamedParser
  | NamedAggregator
  | { kind: 'any'; filters: NamedFilter[] };

/** A stage of a kind that has no options of its own. */
type NamedPlainStage = NamedPlugin & { kind: PlainStageKind };

/** Gives an option to the plugin that was named last. */
export function addParameter(last: NamedPlugin | undefined, parameter: Parameter, refuse: Refuse): void {
  if (!last) {
    refuse('no plugin is named before it', 'name the plugin first, and its options after it');
  }
  last.parameters.push(parameter);
}

/** The stages and the exporter of a run, built in the order in which flags name them. */
export class Plan {
  readonly stages: NamedStage[] = [];
  #exporter: NamedPlugin | undefined;
  #last: NamedPlugin | undefined;
  /** The filters since `--any`, until a stage or `--all` ends them. */
  #any: NamedFilter[] | undefined;
  /** Whether `--invert` waits for its filter. */
  #inverted = false;
  #file: string | undefined;

  /** Starts a source. Its options belong to its own plugins. */
  startSource(file: string | undefined): void {
    this.#file = file;
    this.#last = undefined;
  }

  /** The plugin that `-p` belongs to. */
  get last(): NamedPlugin | undefined {
    return this.#last;
  }

  get exporter(): NamedPlugin | undefined {
    return this.#exporter;
  }

  /** All plugins, those of the stages first. */
  get plugins(): NamedPlugin[] {
    const ofStages = this.stages.flatMap((stage): NamedPlugin[] => (stage.kind === 'any' ? stage.filters : [stage]));
    return [...ofStages, ...(this.#exporter ? [this.#exporter] : [])];
  }

  addFilter(name: string): void {
    const filter: NamedFilter = { kind: 'filter', ...this.#named(name), invert: this.#inverted };
    this.#inverted = false;
    this.#last = filter;
    if (this.#any) this.#any.push(filter);
    else this.stages.push(filter);
  }

  addStage(kind: PlainStageKind, name: string): void {
    this.finish();
    const stage = { kind, ...this.#named(name) };
    this.#last = stage;
    this.stages.push(stage);
  }

  addParser(name: string): void {
    this.finish();
    const parser: NamedParser = { kind: 'parse', ...this.#named(name) };
    this.#last = parser;
    this.stages.push(parser);
  }

  addWhere(expr: string): void {
    this.addFilter('where');
    this.#last?.parameters.push({ key: 'expr', text: expr });
  }

  addAggregator(name: string): void {
    this.finish();
    const aggregator: NamedAggregator = { kind: 'aggregate', ...this.#named(name), by: [] };
    this.#last = aggregator;
    this.stages.push(aggregator);
  }

  /** Returns the aggregator that was named last. @param hint what to write if there is none */
  aggregatorOf(refuse: Refuse, hint: string): NamedAggregator {
    const last = this.stages.at(-1);
    if (last?.kind !== 'aggregate') return refuse('no aggregator is before it', hint);
    return last;
  }

  startAny(): void {
    this.finish();
    this.#any = [];
  }

  endAny(refuse: Refuse): void {
    this.#refuseInverted();
    if (!this.#any) refuse('ends the filters of --any, and none is before it');
    this.finish();
  }

  invertNext(inverted: boolean): void {
    this.#inverted = inverted;
  }

  setExporter(name: string): void {
    this.#last = this.#exporter = this.#named(name);
  }

  removeExporter(): void {
    if (this.#last === this.#exporter) this.#last = undefined;
    this.#exporter = undefined;
  }

  /** Ends what waits for a filter. @throws UsageError when none came */
  finish(): void {
    this.#refuseInverted();
    const filters = this.#any;
    if (!filters) return;
    if (filters.length === 0) {
      throw new UsageError('run: no filter follows --any', { hint: 'write: --any --filter ONE --filter OTHER' });
    }
    this.stages.push({ kind: 'any', filters });
    this.#any = undefined;
  }

  #refuseInverted(): void {
    if (!this.#inverted) return;
    throw new UsageError('run: -v stands before the filter that it inverts', { hint: 'write: -v --filter NAME' });
  }

  #named(name: string): NamedPlugin {
    return { name, parameters: [], file: this.#file };
  }
}
