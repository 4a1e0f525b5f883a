export type { DataPath, Path } from './arguments/paths.js';
export type { CallOptions } from './boundary/boundary.js';
export { skipExitHandlers } from './boundary/process-end.js';
export { reportCrashes } from './boundary/report-crashes.js';
export type { StageKind } from './contract/kinds.js';
export type { ConfigSchema, Manifest, OptionSchema } from './contract/manifest.js';
export {
  AbiError,
  AddonMismatchError,
  AddonMissingError,
  AmbiguousPluginError,
  CancelledError,
  CapabilityError,
  ConfigError,
  ContractViolationError,
  DecodeError,
  DuplicatePluginError,
  type ErrorDetails,
  ExecutableMemoryError,
  type FaultPlace,
  FormKindError,
  FormMissingError,
  HandshakeError,
  HttpError,
  InputError,
  LibraryClosedError,
  LineTooLongError,
  LockError,
  ManifestError,
  MemoryLimitError,
  NoNewPluginError,
  NoPluginsError,
  NotALibraryError,
  OpenError,
  OutputError,
  PackageMissingError,
  PanicAbortError,
  PlughostError,
  PluginBusyError,
  PluginClosedError,
  PluginDataError,
  PluginFailedError,
  PluginFaultError,
  PluginNotFoundError,
  type Printed,
  ReadOnlyError,
  RealpathError,
  RulesError,
  RunnerError,
  SandboxError,
  SanitizerError,
  ScriptError,
  SharedPluginError,
  SharedSymbolError,
  SymbolNotFoundError,
  TypeAssertionError,
  UntrustedConfigError,
  UntrustedFileError,
  UsageError,
  WasmError,
  WrongPlatformError,
} from './errors/index.js';
export { type InspectOptions, inspect } from './inspect/inspect.js';
export type { ExportedSymbol, Hardening, ImportedSymbol, Inspection } from './inspect/inspection.js';
export type { ManifestText } from './inspect/manifest-text.js';
export { findNeeded } from './inspect/needed.js';
export type { NeededLibrary } from './inspect/search.js';
export type { Config } from './loader/config/config.js';
export { type Discovered, discover } from './loader/discover.js';
export type { FormName } from './loader/forms/form.js';
export type {
  Script,
  ScriptAggregator,
  ScriptAnswer,
  ScriptCells,
  ScriptColumns,
  ScriptColumnType,
  ScriptHost,
  ScriptOffer,
  ScriptRow,
  ScriptRowFilter,
  ScriptState,
} from './loader/forms/script-types.js';
export type { Grants, IsolateOptions, OnFault } from './loader/isolated/isolate-options.js';
export type { Library } from './loader/library/library.js';
export { LIBRARY_SUFFIX } from './loader/library/library-suffix.js';
export type { DataSymbol, FunctionSymbol, LibrarySymbol, ValueType, View } from './loader/library/library-symbol.js';
export type { OwnLibrary } from './loader/library/needed-files.js';
export { open } from './loader/library/open.js';
export type { OpenOptions } from './loader/library/open-options.js';
export { type LibraryStats, stats } from './loader/library/stats.js';
export type {
  Aggregator,
  Capabilities,
  Exporter,
  Filter,
  Parser,
  RowFilter,
  Shape,
  Transform,
} from './loader/plugin/capabilities.js';
export type { LoadOptions } from './loader/plugin/load-options.js';
export { loadPlugin } from './loader/plugin/load-plugin.js';
export { type LoadFailure, loadPlugins } from './loader/plugin/load-plugins.js';
export { onPluginLog, type PluginLogLine } from './loader/plugin/log.js';
export type { Capability, Plugin, PluginWith } from './loader/plugin/plugin.js';
export { lockEntryOf } from './loader/trust/lock-entry.js';
export { formatLock, type Lock, type LockEntry, type LockedFile, readLock } from './loader/trust/lock-file.js';
export { type Batch, type LineBatches, lines } from './pipeline/batches.js';
export type {
  AggregatePipeline,
  AnyStage,
  FilterStage,
  Input,
  InputRange,
  KindStage,
  LinesPipeline,
  LongLines,
  Output,
  Pipeline,
  PlainStageKind,
  PrintOptions,
  RowsPipeline,
  Stage,
  StreamPipeline,
  TransformStage,
} from './pipeline/pipeline.js';
export type { Column, ColumnType } from './pipeline/rows/column-type.js';
export type { Cell, ColumnValues, Row, RowBatch } from './pipeline/rows/row-batch.js';
export type { Aggregation, RowExport, RowFilterStage, RowStage, Unparsed } from './pipeline/rows/row-stage.js';
export { type Answers, type AnswerTable, aggregate, type RowBatches, rows } from './pipeline/rows/rows.js';
export { type ArrowOptions, toArrow } from './pipeline/rows/to-arrow.js';
export { run } from './pipeline/run.js';
export type { Progress, RunOptions } from './pipeline/run-options.js';
export type { RunPromise } from './pipeline/run-promise.js';
export { type InputResult, type RunResult, resultAtFailure, type StageStatistics } from './pipeline/run-result.js';
export { PipelineStream } from './pipeline/stream.js';
export { type WebStream, webStream } from './pipeline/web-stream.js';
export { launchGoPlugin } from './remote/launch-go-plugin.js';
export type { GoPlugin, ProgramEnd } from './remote/launcher/go-plugin.js';
export type { GoPluginOptions } from './remote/launcher/options.js';
export type { ProgramLogLine } from './remote/launcher/program-log.js';
