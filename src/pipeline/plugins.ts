import { UsageError } from '../errors/index.js';
import { CAPABILITIES, type Capability, type Plugin } from '../loader/plugin/plugin.js';
import type { CheckedPipeline } from './arguments.js';
import type { AnyStage, Stage } from './pipeline.js';
import type { RowStage } from './rows/row-stage.js';

/** A stage of one plugin. The key of the plugin is its kind; the other fields are options. */
export type PluginStage = Exclude<Stage, AnyStage | RowStage>;

/** Returns the plugins of a pipeline: those of the stages, then the exporter. */
export function pluginsOf({
  stages = [],
  exporter,
  rows,
  merging,
}: Pick<CheckedPipeline, 'stages' | 'exporter' | 'rows' | 'merging'>): Plugin[] {
  const all = [
    ...stages.flatMap(pluginsOfStage),
    ...(merging?.aggregators.flat() ?? []),
    ...(rows ? [rows.parser] : []),
    ...(exporter ? [exporter] : []),
  ];
  return [...new Set(all)];
}

function pluginsOfStage(stage: Stage): Plugin[] {
  if ('any' in stage) return stage.any.flatMap(pluginsOfStage);
  if (!('parser' in stage)) return [pluginOf(stage)];
  const { parser, filters = [], aggregations = [] } = stage;
  return [
    parser,
    ...filters.map(({ row_filter }) => row_filter),
    ...aggregations.flatMap(({ aggregators }) => aggregators),
  ];
}

function pluginOf(stage: PluginStage): Plugin {
  return kindAndPluginOf(stage)[1];
}

/** Returns the plugin of a stage and its kind. @throws UsageError when the stage has no plugin */
export function kindAndPluginOf(stage: PluginStage): [kind: Capability, plugin: Plugin] {
  for (const kind of CAPABILITIES) {
    const plugin = (stage as { [K in Capability]?: Plugin })[kind];
    if (plugin) return [kind, plugin];
  }
  throw new UsageError('run: a stage needs a plugin');
}
