import { types } from 'node:util';
import { cleaned } from './printable.js';
import { wordsOf } from './shown.js';

/** What every error of plughost takes beside its own facts: the first reason, and a sentence that says what to do. */
export interface ErrorDetails {
  cause?: unknown;
  hint?: string;
}

/**
 * The base of every error that plughost throws. The message says what failed, on what, and why; `hint` says what to do;
 * `code` is stable and listed in docs/errors.md; `cause` leads to the first reason.
 */
export abstract class PlughostError extends Error {
  abstract readonly code: string;
  readonly hint: string | undefined;

  constructor(message: string, { cause, hint }: ErrorDetails = {}) {
    super(cleaned(message), cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint && cleaned(hint);
  }
}

/** The words of an unknown thing that was thrown; of a system's error without its code, call and path. */
export function reasonOf(error: unknown): string {
  const words = wordsOf(error);
  return isSystems(error) ? words.replace(/^[A-Z\d]+: (.*?), \w+( '.*)?$/s, '$1') : words;
}

/** Whether it is an error of the system, as Node makes them. */
const isSystems = (error: unknown): boolean =>
  types.isNativeError(error) && !types.isProxy(error) && Object.hasOwn(error, 'syscall');

/** The native addon is missing or was built for another machine. */
export class AddonMissingError extends PlughostError {
  readonly code = 'ERR_ADDON_MISSING';

  constructor(path: string, details: ErrorDetails) {
    super(`load the native addon: ${path}: ${reasonOf(details.cause)}`, {
      hint: process.platform === 'linux' ? 'build it with: npm run build' : 'plughost runs on Linux only',
      ...details,
    });
  }
}

/** A path given to `open` leads to no file. The text begins as Go's does, and ends with the system's reason. */
export class RealpathError extends PlughostError {
  readonly code = 'ERR_REALPATH';

  constructor(name: string, reason: string, details: ErrorDetails = {}) {
    super(`plugin.Open("${name}"): realpath failed: ${reason}`, {
      hint: 'check that the file exists and may be read',
      ...details,
    });
  }
}

/** The dynamic loader refused the library. The text is Go's, with the loader's reason. */
export class OpenError extends PlughostError {
  readonly code = 'ERR_OPEN';

  constructor(name: string, reason: string, details: ErrorDetails = {}) {
    super(`plugin.Open("${name}"): ${reason}`, details);
  }
}

/** The file cannot be read, is damaged, or is no shared library of this platform. Nothing of it was run. */
export class NotALibraryError extends PlughostError {
  readonly code = 'ERR_NOT_A_LIBRARY';

  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`open plugin ${path}: ${reason}`, {
      hint: 'give a shared library (.so, .dylib or .dll) built for this machine',
      ...details,
    });
  }
}

/** The library is for another architecture or operating system. Nothing of it was run. */
export class WrongPlatformError extends PlughostError {
  readonly code = 'ERR_WRONG_PLATFORM';

  constructor(path: string, found: string, wanted: string) {
    super(`open plugin ${path}: it is built for ${found}, and this host is ${wanted}`, {
      hint: `its author must build it for ${wanted}`,
    });
  }
}

/** A manifest is there and cannot be used. Nothing of the library was run. */
export class ManifestError extends PlughostError {
  readonly code = 'ERR_MANIFEST';

  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`read the manifest of ${path}: ${reason}`, {
      hint: 'its author must correct PLUG_MANIFEST and build again',
      ...details,
    });
  }
}

/** The plugin speaks another major version of the contract. */
export class AbiError extends PlughostError {
  readonly code = 'ERR_ABI';

  constructor(path: string, found: string, wanted: string) {
    super(`open plugin ${path}: it was built for version ${found} of the contract, and this host speaks ${wanted}`, {
      hint: `build the plugin again with the headers of version ${wanted}, or use a host that speaks ${found}`,
    });
  }
}

/** A plugin in Rust was built so that a panic ends the whole process. Nothing of it was run. */
export class PanicAbortError extends PlughostError {
  readonly code = 'ERR_PANIC_ABORT';

  constructor(path: string) {
    super(`open plugin ${path}: it is built with panic = "abort", so a panic in it would end this process`, {
      hint: 'its author must build it with panic = "unwind", which is the default',
    });
  }
}

/** The library asks for memory that may be written and executed at once. Nothing of it was run. */
export class ExecutableMemoryError extends PlughostError {
  readonly code = 'ERR_EXECUTABLE_MEMORY';

  constructor(path: string, reason: string, hint: string) {
    super(`open plugin ${path}: ${reason}`, { hint });
  }
}

/** The data of a library alone are more than the memory that its process may have. Nothing of it was run. */
export class MemoryLimitError extends PlughostError {
  readonly code = 'ERR_MEMORY_LIMIT';

  constructor(path: string, data: number, limit: number) {
    super(`open plugin ${path}: its data take ${data} bytes of memory, and it may have ${limit} bytes`, {
      hint: 'allow it more with --memory SIZE (memory)',
    });
  }
}

/** The library is built to be watched by a sanitizer, which has to be in the process from its beginning. Nothing of it was run. */
export class SanitizerError extends PlughostError {
  readonly code = 'ERR_SANITIZER';

  constructor(path: string, needs: string, runtime: string) {
    super(`open plugin ${path}: ${needs}, a sanitizer that has to be in the process from its beginning, and is not`, {
      hint: `build it without -fsanitize, or start the host with it: LD_PRELOAD=$(cc -print-file-name=${runtime})`,
    });
  }
}

/** Somebody else could have put the library there, or could change it. Nothing of it was run. */
export class UntrustedFileError extends PlughostError {
  readonly code = 'ERR_UNTRUSTED_FILE';

  constructor(path: string, reason: string, remedy: string, details: ErrorDetails = {}) {
    super(`open plugin ${path}: ${reason}`, {
      hint: `mend it with: ${remedy}; or allow it with --allow-writable (allowWritable)`,
      ...details,
    });
  }
}

/** The lock does not have this library, or has another, or is no lock. Nothing of the library was run. */
export class LockError extends PlughostError {
  readonly code = 'ERR_LOCK';

  constructor(lock: string, reason: string, details: ErrorDetails) {
    super(`check by the lock ${lock}: ${reason}`, details);
  }
}

/** A library with the same manifest id is open already, from another file. Nothing of this one was run. */
export class DuplicatePluginError extends PlughostError {
  readonly code = 'ERR_DUPLICATE_PLUGIN';

  constructor(name: string, id: string, path: string, holder: string) {
    super(`plugin.Open("${name}"): plugin already loaded: ${path} has the id ${id}, as ${holder} has, which is open`, {
      hint: 'use the one that is open, close it first, or allow both with allowDuplicate',
    });
  }
}

/** A library brings a symbol of which the system's loader keeps one for the whole process, and another has it. */
export class SharedSymbolError extends PlughostError {
  readonly code = 'ERR_SHARED_SYMBOL';

  constructor(name: string, path: string, other: string, symbol: string) {
    const where = other === path ? 'what was opened of this path before has it' : `${other} has it`;
    super(`plugin.Open("${name}"): ${path} brings ${symbol}, of which a process has one, and ${where}`, {
      hint: 'build it with -fno-gnu-unique, or isolate it (--isolate), or use a new process',
    });
  }
}

/** The library was closed before this call. */
export class LibraryClosedError extends PlughostError {
  readonly code = 'ERR_LIBRARY_CLOSED';

  constructor(path: string, operation: string) {
    super(`library ${path}: ${operation}: it is closed`, { hint: 'open it again, or close it later' });
  }
}

/** The library holds the data symbol where nothing may be written. */
export class ReadOnlyError extends PlughostError {
  readonly code = 'ERR_READ_ONLY';

  constructor(name: string, path: string) {
    super(`write ${name} of ${path}: it is a constant of the library`, {
      hint: 'only its author can change it, by declaring it without const',
    });
  }
}

/** The library does not export a symbol of that name. */
export class SymbolNotFoundError extends PlughostError {
  readonly code = 'ERR_SYMBOL_NOT_FOUND';

  constructor(symbol: string, identity: string, near: readonly string[]) {
    super(`plugin: symbol ${symbol} not found in plugin ${identity}`, {
      hint: near.length > 0 ? `it exports similar names: ${near.join(', ')}` : 'symbols() lists what it exports',
    });
  }
}

/** The library is sound, and exports no NewPlugin. The cause is the SymbolNotFoundError. */
export class NoNewPluginError extends PlughostError {
  readonly code = 'ERR_NO_NEW_PLUGIN';

  constructor(path: string, details: ErrorDetails) {
    super(`open plugin ${path}: it is a library that does not export NewPlugin, so it is no plugin`, {
      hint: 'its author must export NewPlugin with PLUG_EXPORT (Rust: plughost::export!); see docs/contract.md',
      ...details,
    });
  }
}

/** A symbol is there and is not what it should be. */
export class TypeAssertionError extends PlughostError {
  readonly code = 'ERR_TYPE_ASSERTION';

  constructor(path: string, reason: string, details: ErrorDetails = {}) {
    super(`assert plugin ${path}: ${reason}`, {
      hint: 'its author must correct it; see docs/contract.md',
      ...details,
    });
  }
}

/** A plugin's options cannot be used. */
export class ConfigError extends PlughostError {
  readonly code = 'ERR_CONFIG';

  constructor(label: string, reason: string, details: ErrorDetails = {}) {
    super(`configure ${label}: ${reason}`, details);
  }
}

/** A function of a plugin reported a failure. */
export class PluginFailedError extends PlughostError {
  readonly code = 'ERR_PLUGIN_FAILED';
  /** What messages call the plugin. */
  readonly label: string;
  /** Its function that failed, such as `run`. */
  readonly operation: string;
  /** The status's name in the contract, such as `IO` or `PANIC`. */
  readonly status: string;

  constructor(label: string, operation: string, status: string, message: string, details: ErrorDetails = {}) {
    super(`plugin ${label}: ${operation}: ${message || 'no reason given'} (${status})`, details);
    this.label = label;
    this.operation = operation;
    this.status = status;
  }
}

/** Where in a run a plugin failed. */
export interface FaultPlace {
  /** The name of the input. */
  input: string;
  /** The number of the line, from 1; undefined when it is not known. */
  line: number | undefined;
  /** Bytes, in the input's text. */
  offset: number;
  /** How many lines it were, one unless the plugin's answers hang together. */
  lines: number;
  /** What became of them. */
  verdict: 'skipped' | 'kept' | 'stopped';
}

/** A plugin crashed, hung, ended its process or broke the protocol, in a process of its own. Nothing else was lost. */
export class PluginFaultError extends PlughostError {
  readonly code = 'ERR_PLUGIN_FAULT';
  readonly kind: string;
  readonly place: FaultPlace | undefined;

  constructor(
    label: string,
    operation: string,
    reason: string,
    kind: string,
    { place, ...details }: ErrorDetails & { place?: FaultPlace } = {},
  ) {
    super(`plugin ${label}: ${operation}: ${reason}`, {
      hint: 'this is a fault of the plugin; tell its author',
      ...details,
    });
    this.kind = kind;
    this.place = place;
  }
}

/**
 * The system refuses what a run, or the process of an isolated plugin, needs: a limit of the host, or an installation
 * that is not whole. It is no fault of the plugin, of which nothing has run in that process.
 */
export class RunnerError extends PlughostError {
  readonly code = 'ERR_RUNNER';
  /** The system's number of the reason, such as `EMFILE` has; undefined when the process started and then ended. */
  readonly errno: number | undefined;

  constructor(what: string, reason: string, details: ErrorDetails & { errno?: number } = {}) {
    super(`start ${what}: ${reason}`, details);
    this.errno = details.errno;
  }
}

/** The sandbox cannot be put up on this system, or a plugin wants what was not granted. */
export class SandboxError extends PlughostError {
  readonly code = 'ERR_SANDBOX';

  constructor(reason: string, details: ErrorDetails = {}) {
    super(`put up the sandbox: ${reason}`, {
      hint: 'run it with --isolate alone, which survives faults of a plugin and does not keep it from anything',
      ...details,
    });
  }
}

/** A plugin gave text that cannot be used: not UTF-8, without an end, or more than a string can hold. */
export class PluginDataError extends PlughostError {
  readonly code = 'ERR_PLUGIN_DATA';

  constructor(label: string, operation: string, reason: string) {
    super(`plugin ${label}: ${operation}: ${reason}`, { hint: 'this is a fault of the plugin; tell its author' });
  }
}

/** A plugin did something that the contract forbids. */
export class ContractViolationError extends PlughostError {
  readonly code = 'ERR_CONTRACT_VIOLATION';

  constructor(label: string, operation: string, rule: string) {
    super(`plugin ${label}: ${operation}: ${rule}`, {
      hint: 'this is a fault of the plugin; tell its author',
    });
  }
}

/** The plugin was closed before this call. */
export class PluginClosedError extends PlughostError {
  readonly code = 'ERR_PLUGIN_CLOSED';

  constructor(label: string, operation: string) {
    super(`plugin ${label}: ${operation}: it is closed`, { hint: 'load it again, or close it later' });
  }
}

/** A synchronous call came while an asynchronous one of the same plugin is running. */
export class PluginBusyError extends PlughostError {
  readonly code = 'ERR_PLUGIN_BUSY';

  constructor(label: string, operation: string) {
    super(`plugin ${label}: ${operation}: another call of it is running`, {
      hint: 'await that call first, or use runAsync, which waits its turn',
    });
  }
}

/** NewPlugin is a data object, so the library has one instance, and it is taken or used up. */
export class SharedPluginError extends PlughostError {
  readonly code = 'ERR_PLUGIN_SHARED';

  constructor(path: string, reason: string) {
    super(`load plugin ${path}: NewPlugin is a data object, which is one instance, and ${reason}`, {
      hint: 'use the instance that is loaded; a plugin that is needed several times exports NewPlugin as a function',
    });
  }
}

/** The plugin does not offer what it is asked to do. */
export class CapabilityError extends PlughostError {
  readonly code = 'ERR_CAPABILITY';

  constructor(label: string, wanted: string, offered: readonly string[]) {
    super(`plugin ${label}: it is no ${wanted}`, {
      hint: offered.length > 0 ? `it is: ${offered.join(', ')}` : 'it offers only name and run; try: host load',
    });
  }
}

/** The caller's signal was aborted, or the time was over. */
export class CancelledError extends PlughostError {
  readonly code = 'ERR_CANCELLED';

  constructor(what: string, details: ErrorDetails = {}) {
    super(`${what}: cancelled`, details);
  }
}

/** No plugin of that name was found. */
export class PluginNotFoundError extends PlughostError {
  readonly code = 'ERR_PLUGIN_NOT_FOUND';

  constructor(name: string, looked: readonly string[], near: readonly string[]) {
    super(`find plugin ${name}: there is none in ${looked.join(', ')}`, {
      hint:
        near.length > 0
          ? `did you mean ${near.join(' or ')}?`
          : 'give a path with a separator (./libname.so), or --plugin-dir DIR',
    });
  }
}

/** A directory holds no library. */
export class NoPluginsError extends PlughostError {
  readonly code = 'ERR_NO_PLUGINS';

  constructor(directory: string, suffix: string) {
    super(`load plugins of ${directory}: the directory holds no ${suffix} file`, {
      hint: 'give the directory that holds the built libraries',
    });
  }
}

/** An input cannot be opened or read. */
export class InputError extends PlughostError {
  readonly code = 'ERR_INPUT';

  constructor(name: string, operation: string, reason: string, details: ErrorDetails = {}) {
    super(`${operation} ${name}: ${reason}`, details);
  }
}

/** A compressed input is damaged, ends early or takes too much memory to decode; what stands before that was used. */
export class DecodeError extends PlughostError {
  readonly code = 'ERR_DECODE';

  /** `offset`: of the byte in the file as it is stored. */
  constructor(name: string, format: string, reason: string, offset: number, details: ErrorDetails = {}) {
    super(`decode ${name}: ${format}: ${reason}, at byte ${offset} of the file`, {
      hint: 'what could be decoded was used; fetch the file again, or see what is wrong with it',
      ...details,
    });
  }
}

/** A line is longer than the limit. */
export class LineTooLongError extends PlughostError {
  readonly code = 'ERR_LINE_TOO_LONG';

  constructor(name: string, offset: number, limit: string) {
    super(`read ${name}: the line at byte ${offset} is longer than ${limit}`, {
      hint: 'allow longer lines with --max-line SIZE, or leave them out or cut them with --long-lines skip|split',
    });
  }
}

/** The output takes no more. */
export class OutputError extends PlughostError {
  readonly code = 'ERR_OUTPUT';
  /** The system's name of the reason, such as `ENOSPC` or `EPIPE`. */
  readonly errno: string;

  constructor(name: string, errno: string, reason: string, details: ErrorDetails = {}) {
    const hint = errno === 'ENOSPC' ? { hint: 'make room, or write elsewhere' } : {};
    super(`write ${name}: ${reason}`, { ...hint, ...details });
    this.errno = errno;
  }
}

/** A command line, or the arguments of a call, cannot be understood. */
export class UsageError extends PlughostError {
  readonly code = 'ERR_USAGE';
  /** Of a call, the argument that is wrong, such as `pipeline.stages[0].shape`; undefined for a command line. */
  readonly argument: string | undefined;

  constructor(message: string, { argument, ...details }: ErrorDetails & { argument?: string } = {}) {
    super(message, details);
    this.argument = argument;
  }
}

/** A configuration cannot be trusted: others may write it, or it is not what the user has trusted. Nothing of it is used. */
export class UntrustedConfigError extends PlughostError {
  readonly code = 'ERR_UNTRUSTED_CONFIG';

  constructor(path: string, reason: string, details: ErrorDetails) {
    super(`trust ${path}: ${reason}`, details);
  }
}
