export type { CallOptions } from './boundary/boundary.js';
export type { ConfigSchema, Manifest } from './contract/manifest.js';
export * from './errors.js';
export { inspect } from './inspect/inspect.js';
export type { ExportedSymbol, Inspection } from './inspect/inspection.js';
export type { Exporter, Filter, Shape } from './loader/capabilities.js';
export type { Config } from './loader/config.js';
export type { Library, LibrarySymbol } from './loader/library.js';
export { type LoadOptions, loadPlugin } from './loader/load-plugin.js';
export { LIBRARY_SUFFIX, loadPlugins } from './loader/load-plugins.js';
export { onPluginLog, type PluginLogLine } from './loader/log.js';
export { open } from './loader/open.js';
export type { Plugin } from './loader/plugin.js';
export {
  type FilterStage,
  type Input,
  type Pipeline,
  type Progress,
  type RunOptions,
  type RunResult,
  resultAtFailure,
  run,
  type StageStatistics,
} from './pipeline/run.js';
