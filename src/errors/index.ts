export { FormKindError, FormMissingError, RulesError, ScriptError, WasmError } from './form.js';
export { AddonMismatchError, AddonMissingError, RunnerError, SandboxError } from './host.js';
export {
  DuplicatePluginError,
  LibraryClosedError,
  OpenError,
  ReadOnlyError,
  SharedSymbolError,
  SymbolNotFoundError,
} from './library.js';
export {
  AbiError,
  ExecutableMemoryError,
  ManifestError,
  MemoryLimitError,
  NotALibraryError,
  PanicAbortError,
  RealpathError,
  SanitizerError,
  WrongPlatformError,
} from './library-file.js';
export { type ErrorDetails, PlughostError } from './plughost-error.js';
export {
  AmbiguousPluginError,
  CapabilityError,
  ConfigError,
  NoNewPluginError,
  NoPluginsError,
  PluginBusyError,
  PluginClosedError,
  PluginNotFoundError,
  SharedPluginError,
  TypeAssertionError,
} from './plugin.js';
export {
  ContractViolationError,
  type FaultPlace,
  PluginDataError,
  PluginFailedError,
  PluginFaultError,
} from './plugin-failure.js';
export { reasonOf } from './reason.js';
export { HandshakeError, HttpError, PackageMissingError, type Printed } from './remote.js';
export { CancelledError, DecodeError, InputError, LineTooLongError, OutputError } from './run.js';
export { LockError, UntrustedConfigError, UntrustedFileError } from './trust.js';
export { UsageError } from './usage.js';
