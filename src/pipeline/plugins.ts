import { UsageError } from '../errors/index.js';
import { CAPABILITIES, type Capability, type Plugin } from '../loader/plugin/plugin.js';
import type { AnyStage, Pipeline, Stage } from './pipeline.js';

/** A stage of one plugin. The key of the plugin is its kind; the other fields are options. */
export type PluginStage = Exclude<Stage, AnyStage>;

/** Returns the plugins of a pipeline: those of the stages, then the exporter. */
export function pluginsOf({ stages = [], exporter }: Pick<Pipeline, 'stages' | 'exporter'>): Plugin[] {
  return [...stages.flatMap(pluginsOfStage), ...(exporter ? [exporter] : [])];
}

function pluginsOfStage(stage: Stage): Plugin[] {
  return 'any' in stage ? stage.any.map(pluginOf) : [pluginOf(stage)];
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
