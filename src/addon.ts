import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { AddonMissingError } from './errors.js';

/**
 * The native addon as it is: thin, one to one, without rules of its own. `native/addon/` implements it; addresses are
 * bigint, 0n is null. Everything here runs on the JavaScript thread unless it says otherwise.
 */
export interface Addon {
  registry: NativeRegistry;

  /** A copy of `length` bytes at `address`, or null when not all of them are readable. Never faults. */
  readMemory(address: bigint, length: number): Buffer | null;

  /**
   * Writes the bytes at an address; false when they, or some of them, may not be written there, after which a beginning
   * of them may have been. Never faults.
   */
  writeMemory(address: bigint, bytes: Buffer): boolean;

  /**
   * The library that the process has open by a name, as every library that needs one of that name gets it, with its path;
   * null when there is none. `same`: whether it is mapped from this file.
   */
  openAs(name: string, file: string): { path: string; same: boolean } | null;

  /** The segment of a loaded file that holds the address; null when it belongs to no file. */
  mappingAt(address: bigint): { path: string; executable: boolean; begin: bigint; end: bigint } | null;

  /**
   * The address of a `plug_host` whose log lines carry `label`. One host a label, for the life of the process, because
   * threads of a plugin may call it at any time.
   */
  hostFor(label: string): bigint;

  /** Whether the program, or a library that it was started with, has a symbol of this name for all to see. */
  programHas(symbol: string): boolean;

  /** Takes the log lines that plugins have written so far, oldest first, and how many were dropped in between. */
  drainLog(): { records: LogRecord[]; dropped: number };

  /**
   * Takes the plugin instance at an address for this thread, which no thread can then take; gives a token, or `loaded`
   * when it is taken, or `spent` when it was and cannot be initialised again. `end` gives it back, and the thread's end,
   * when that comes before the process's: what was taken last comes first, after runs have ended.
   */
  takeInstance(plugin: bigint): number | 'loaded' | 'spent';
  /** The instance's end calls `destroy`, unless that is 0n; `spent`: it can never be taken again. */
  endInstanceBy(token: number, destroy: bigint, spent: boolean): void;
  /** The same for a state of an instance, which `stateFree` ends. */
  takeState(plugin: bigint, state: bigint, stateFree: bigint): number;
  end(token: number): void;
  /** It will not be ended. */
  forgetEnd(token: number): void;

  /** Whether this is the thread that the process began with, and not a worker thread. */
  mainThread: boolean;
  /** Functions of plugins, by their address, and libraries, for worker threads: see src/contract/calls.ts. */
  calls: NativeCalls;
  /** A handle that stays; throws with the loader's text. */
  openLibrary(file: string): bigint;
  symbolOf(handle: bigint, name: string): bigint;

  /**
   * From here to `leavePlugin` this thread is inside a call of a plugin: what `reportCrashes` then says names it. Behind
   * it the thread has its floating-point mode again, and with `compare` the process what `releaseProcess` says.
   */
  enterPlugin(label: string, operation: string): void;
  leavePlugin(compare: boolean): NativeChanges | null;
  /**
   * Remembers what the process is: working folder, umask, limits, descriptors 0 to 2, signals, locale, environment.
   * `releaseProcess` compares with that and puts it back. Of those that stand inside each other, and of calls of plugins
   * inside, only the outermost remembers. One for each thread.
   */
  keepProcess(): void;
  releaseProcess(): NativeChanges | null;
  /** Logs a line under a label, at the level of a plugin that misbehaves. */
  logMisbehaving(label: string, message: string): void;
  /**
   * A C function that calls `plug_filter.match` for a caller that cannot stand around the call. Its parameters are the
   * function, the `plug_host` of the label, and those of the function.
   */
  readonly matchGate: bigint;
  /** See `reportCrashes` of src/boundary/report-crashes.ts. */
  reportCrashes(): void;

  /** Ends the process now, without exit handlers; what plugins have put into files of C is written. */
  endProcess(status: number): never;
  /** The same in the place of exit handlers, when something else ends the process. To be called as late as can be. */
  skipExitHandlers(): void;

  /**
   * Copies a regular file into memory that nobody can change, neither this process. Linux alone. Throws an Error with the
   * system's reason for the file; one that has `operation` and `errno` says what the system refuses this process.
   */
  SealedFile: new (
    path: string,
  ) => NativeSealedFile;

  /**
   * Gives descriptors of standard input and output that no plugin knows of, and leaves in their place nothing to be read
   * and standard error.
   */
  takeStandardStreams(): { input: number; output: number };

  /**
   * Writes what a descriptor takes without waiting for its reader; gives how many bytes that was. Throws an error with
   * `errno`.
   */
  writeNow(fd: number, bytes: Uint8Array): number;
  /** Gives this name, which nothing has, to an open file that has none. Linux alone. Throws an error with `errno`. */
  nameFile(fd: number, path: Buffer): void;
  /** Gives an open file the access list and the `user.` attributes of another. Throws an error with `errno`. */
  copyAttributes(from: Buffer, to: number): void;

  /** A `plug_sink` that grows in memory. */
  Sink: new () => NativeSink;

  /** A `plug_ctx` with a cancel word of its own. */
  Context: new (
    timeoutMs?: number,
  ) => NativeContext;

  /**
   * Reads a regular file from its beginning to its end, and looks at every byte, on so many threads; blocks this one.
   * Throws when it is no file that can be asked for its size; where it cannot be read, bytes are missing.
   */
  readCeiling(fd: number, workers: number): NativeReadCeiling;

  /** A plugin in a process of its own; throws TypeError when the spec has the wrong shape. */
  Isolated: new (
    spec: IsolatedSpec,
  ) => NativeIsolated;

  /**
   * A run on threads of the engine, started at once; throws TypeError when the spec has the wrong shape, and an error
   * with `errno` and `operation` when the system refuses what it needs.
   */
  Job: new (
    spec: RunSpec,
  ) => NativeJob;
}

/** Each calls the function at the first argument. Pointers are addresses or buffers; a null one is given as null. */
export interface NativeCalls {
  NewPlugin(address: bigint, ...args: unknown[]): bigint | null;
  name(address: bigint, ...args: unknown[]): bigint | null;
  init(address: bigint, plugin: bigint, host: bigint, config: Uint8Array, error: Uint8Array): number;
  run(address: bigint, ...args: unknown[]): number;
  /**
   * `run` on a thread of its own, with what the plugin wrote and the bytes of its `plug_error`. When this JavaScript thread
   * ends before, the cancel word is raised, and the thread waits two seconds at most; the instance of a call that is still
   * going on then is never ended.
   */
  runAsync(
    address: bigint,
    plugin: bigint,
    host: bigint,
    context: NativeContext,
  ): Promise<{ status: number; bytes: Buffer; error: Buffer }>;
  extension(address: bigint, ...args: unknown[]): bigint | null;
  state_new(address: bigint, ...args: unknown[]): bigint | null;
  match(address: bigint, host: bigint, plugin: bigint, state: bigint, line: Uint8Array): number;
}

/** The libraries that this process has opened, for all of its JavaScript threads, by number. */
export interface NativeRegistry {
  /**
   * The number of the library that is open under this name's real path, and not retired; the real path when there is
   * none; null when there is no such file.
   */
  find(name: string): number | string | null;
  /**
   * The number of the library of a real path: as `find` when it is open by now, else `load` is called and what it tells
   * is recorded. One thread loads at a time, the others wait. The library is mapped until the process ends.
   * Throws what `load` throws, and errors whose `code` is GONE (there is no such file now), CHANGED (the file is not
   * what it was before `load`), OPENS_ITSELF (this thread is loading it already), PIN (`file` is not open) or OTHER (what is open by its name is
   * mapped from another file, which is the message).
   */
  open(path: string, load: (before: (LibraryRecord & { unchanged: boolean }) | null) => LoadedLibrary): number;
  /** Another path that has this manifest id, of a library that is not retired or an isolated plugin; or null. */
  holderOf(id: string, butPath: string): string | null;
  /** Whether the file is gone or changed since it was opened. */
  isStale(number: number): boolean;
  /** From now on `find` does not know it. */
  retire(number: number): void;
  isRetired(number: number): boolean;
  at(number: number): LibraryRecord;
  all(): LibraryRecord[];
}

/** What was just opened. */
export interface LoadedLibrary {
  /** The path that was opened: the real one, or that of a private copy. */
  file: string;
  /** Of its manifest, or empty. */
  id: string;
  /** Whatever other threads need. */
  facts: string;
}

export interface LibraryRecord {
  path: string;
  file: string;
  facts: string;
  /** Counts the times that the path was opened anew. */
  generation: number;
  /** Where it is mapped. */
  base: bigint;
  /** Bytes of address space. */
  mapped: number;
  retired: boolean;
}

/** What a plugin had changed of the process. */
export interface NativeChanges {
  /** In words, such as `the umask, the locale`; perhaps empty. */
  putBack: string;
  /** What the system does not let be put back. */
  lost: string;
  /** Locale or environment, by which other plugins may have gone meanwhile. */
  ofLibrary: boolean;
}

export interface LogRecord {
  label: string;
  /** PLUG_LOG_*, 0 to 5. */
  level: number;
  /** Bytes of the plugin: not necessarily UTF-8, not cleaned. */
  message: Buffer;
}

export interface NativeReadCeiling {
  /** That were read. */
  bytes: number;
  /** In them, as they are stored. */
  lines: number;
  /** Nanoseconds. */
  elapsed: number;
  /** What else than UTF-8 the file is, such as `gzip` or `UTF-16`; empty for nothing else. */
  form: string;
}

export interface NativeSink {
  readonly address: bigint;
  /** The bytes written so far; the sink is empty afterwards. */
  take(): Buffer;
}

export interface NativeContext {
  readonly address: bigint;
  /** Stores a PLUG_CANCEL_* reason with one atomic write; the first one stays. */
  cancel(reason: number): void;
  readonly cancelled: number;
}

/** A copy of a file that nobody can change, and that needs no place in a file system. */
export interface NativeSealedFile {
  /** Open as long as it is not closed; /proc/self/fd has a path for it. */
  readonly descriptor: number;
  /** Gives the copy back, unless a plugin runs from it. */
  close(): void;
}

/** A library that was judged, and what will be loaded: its copy, whatever becomes of the file. */
export interface JudgedLibrary {
  /** The real path of the file. */
  path: string;
  /** The name by which other libraries need it; empty for a plugin. */
  name: string;
  copy: NativeSealedFile;
}

/** How a plugin is run in a process of its own. */
export interface IsolatedSpec {
  /** The path of plughost-runner. */
  runner: string;
  /** Of the manifest, or empty. Until `end` no plugin of another path has it. */
  id: string;
  library: JudgedLibrary;
  /** The libraries that it needs and that are none of the system's, each behind all that it needs itself. */
  needed: readonly JudgedLibrary[];
  label: string;
  /** JSON. */
  config: string;
  newPluginIsData: boolean;
  /** Bytes of a data object; 0 when the file does not say. */
  newPluginSize: number;
  /** Bytes of private memory; 0: no limit. */
  memory: number;
  /** Milliseconds for a call or a block, and for the start; 0: no limit. */
  callTimeout: number;
  startTimeout: number;
  sandbox: boolean;
  /** Granted in it. */
  threads: boolean;
  readable: readonly string[];
  writable: readonly string[];
  /** `DEVICE:INODE` of each of `readable`, then of each of `writable`. */
  identities: readonly string[];
  onFault: 'skip' | 'match' | 'stop';
  /** Lines that it may not survive in a run. */
  maxFaults: number;
}

export interface NativeIsolated {
  /** Starts the process and waits until the plugin is ready. Throws when there is no process to be had. */
  start(): NativeFacts | { fault: NativeFault };
  /**
   * As the plugin's `run`, with the context at this address, which must live as long as the call. After a fault the next
   * call starts another process.
   */
  run(context: bigint): NativeCalled;
  /** The same on a thread of its own, as `NativeCalls.runAsync`. */
  runAsync(context: NativeContext): Promise<NativeCalled>;
  /** Asks the plugin's filter about one line. */
  match(line: Uint8Array): NativeCalled;
  /** Lets the plugin's `destroy` run and ends the process; no call may follow. */
  end(): void;
}

/** What a plugin in another process says of itself: its structs, checked, with addresses that mean nothing here. */
export interface NativeFacts {
  fault?: undefined;
  name: Buffer;
  filter?: Buffer;
  transform?: Buffer;
  exporter?: Buffer;
  /** The version of Landlock that confines it; 0: none. */
  landlock: number;
}

/** A fault; or a status that is not OK, with the plugin's words, or the rule that it broke; or what it gave. */
export type NativeCalled =
  | { fault: NativeFault }
  | { fault?: undefined; code: number; contract: boolean; operation: string; message: string }
  | { fault?: undefined; code?: undefined; bytes: Buffer; kept: boolean };

/** How a process of a plugin ended. Every text comes out of that process: neither clean nor true. */
export interface NativeFault {
  kind: 'crash' | 'exit' | 'kill' | 'hang' | 'panic' | 'violation' | 'refusal' | 'no-process';
  /** What it was doing. */
  state:
    | 'starting'
    | 'confining'
    | 'loading'
    | 'creating'
    | 'asserting'
    | 'init'
    | 'ready'
    | 'calling'
    | 'destroying'
    | 'ended'
    | 'refused';
  /** The plugin's function, where it is known; for `no-process` what the host wanted of the system. */
  operation: string;
  /** The signal, the exit status, the plug status, or errno. */
  code: number;
  /** Whether the following four are known. */
  traced: boolean;
  address: bigint;
  overflow: boolean;
  otherThread: boolean;
  /** Innermost first. A file that was not judged is a text of the process that died, and is never opened. */
  frames: { file: string; symbol: string; offset: number; judged: boolean }[];
  message: string;
  refusal: 'none' | 'version' | 'sandbox' | 'load' | 'assertion' | 'abi' | 'config' | 'failed' | 'data' | 'contract';
  /** Bytes. */
  peakMemory: number;
  atMemoryLimit: boolean;
  /** A call that the sandbox refused before the end; or empty. */
  refusedCall: string;
}

/** A fault in a run, and what became of the lines that were in work. */
export interface NativeFaultReport {
  fault: NativeFault;
  label: string;
  /** A second try went well; or the lines were left out, or passed on as they are; or the run ended there. */
  verdict: 'passed' | 'skipped' | 'kept' | 'stopped';
  /** Of a stop that is not for the lines' sake; or empty. */
  reason: string;
  /** Its index. */
  input: number;
  /** Whether what follows is known. */
  located: boolean;
  /** From 1; 0: not known. */
  line: number;
  /** Bytes, in the input's text. */
  offset: number;
  length: number;
  lines: number;
  /** How the first line begins. */
  text: string;
}

/** Which call of a plugin is used; `auto` takes the widest that it offers. A transform has no `scan`. */
export type NativeShape = 'auto' | 'scan' | 'batch' | 'line';

/** A capability of a plugin, in this process with a copy of its struct, or in a process of its own. */
export type NativeFilter = { plugin: bigint; filter: Buffer } | { isolated: NativeIsolated; role: 'filter' };
export type NativeTransform = { plugin: bigint; transform: Buffer } | { isolated: NativeIsolated; role: 'transform' };
export type NativeExporter = { plugin: bigint; exporter: Buffer } | { isolated: NativeIsolated; role: 'exporter' };

export type NativeFilterStage = NativeFilter & { label: string; invert: boolean; shape: NativeShape };

export interface RunSpec {
  /** A name that is a path, or one for messages beside an open descriptor, which is not closed. */
  inputs: { name: Buffer; fd?: number }[];
  /** Whether a last input comes through `NativeJob.feed`. */
  fed: boolean;
  /** In this order. */
  stages: (
    | NativeFilterStage
    | { any: NativeFilterStage[] }
    | (NativeTransform & { label: string; shape: NativeShape })
  )[];
  exporter: (NativeExporter & { label: string }) | null;
  /**
   * Where the bytes go: a descriptor, which is never closed; nowhere, so that it only counts; or to whoever calls
   * `NativeJob.take`, as bytes alone or with their lines.
   */
  output: number | null | 'bytes' | 'batches';
  /** Whether the output has what the exporter writes before the lines. */
  continued: boolean;
  /** How the lines are shown, without an exporter. */
  print: {
    /** Lines, the names of inputs that have kept ones, or JSON Lines. */
    form: 'lines' | 'names' | 'json';
    /** What stands before each line: the name of its input, its number there. */
    names: boolean;
    numbers: boolean;
    /** Whether a NUL stands behind the name. */
    nul: boolean;
    /** Escape sequences around names, numbers and what filters find. */
    color: boolean;
    /** Lines to show before and behind each kept one. */
    before: number;
    after: number;
  };
  /** Kept lines after which the run has ended well; 0 = none. */
  limit: number;
  /** Kept lines after which no more is read of their input; 0 = none. */
  inputLimit: number;
  /** Threads; 0 = one for each core. */
  workers: number;
  /** Bytes; 0 = the engine's choice. */
  blockSize: number;
  /** Whether filters and exporters see lines without a carriage return before their newline. */
  crlf: boolean;
  /** Bytes of the longest line; 0 = the engine's choice (16 MiB). */
  maxLine: number;
  /** What becomes of a longer one: the run fails, it is left out, or it is cut into lines of that length. */
  longLines: 'fail' | 'skip' | 'split';
}

export interface NativeCounters {
  /** Bytes of input that are done with. */
  bytes: number;
  /** Bytes of all regular inputs together, or 0 when an input has no known size. */
  total: number;
  /** Lines behind the last stage. */
  kept: number;
  written: number;
}

export interface NativeFailure {
  kind:
    | 'input'
    | 'decode'
    | 'no-decoder'
    | 'decoder-memory'
    | 'output'
    | 'plugin'
    | 'contract'
    | 'line-too-long'
    | 'fault';
  /** The input's name, or the plugin's label; empty for the output. */
  subject: Buffer;
  /** The operation, the format or the plugin's function, such as `open`, `gzip`, `write`, `scan`. */
  operation: string;
  /** errno for input and output, the plug status for a plugin. */
  code: number;
  /**
   * The plugin's own words (not cleaned), what rule was broken, what is wrong with compressed bytes, or for `no-decoder` the
   * package of Debian that has it, if there is one.
   */
  message: string;
  /** A command that decodes the format, for `decode`, `no-decoder` and `decoder-memory`. */
  tool: string;
  /** Byte offset in the input, for `decode` as it is stored; or -1. */
  offset: number;
  /** Whether the run went on (an input that cannot be read) or ended. */
  fatal: boolean;
  /** The address of the plugin's instance, or 0n. */
  plugin: bigint;
  /** For `fault`. */
  fault?: NativeFaultReport;
}

export interface NativeResult {
  counters: NativeCounters;
  /** Of each input: whether its turn came and it could be opened, its bytes as they are stored, and its kept lines. */
  inputs: { state: 'unread' | 'refused' | 'read'; bytes: number; kept: number }[];
  /** 0, or the PLUG_CANCEL_* reason that ended the run early. */
  cancelled: number;
  failures: NativeFailure[];
  /** Of isolated plugins, those that the run survived, in the order of the lines. */
  faults: NativeFaultReport[];
  workers: number;
  blocks: number;
  /** Lines over the limit that were left out or cut. */
  longLines: number;
  /** Nanoseconds of wall time from start to end. */
  elapsed: number;
  /**
   * Per stage, the exporter last if there is one: nanoseconds of all workers together, the shape that was used, and
   * what came in, stayed, and was changed. `linesIn` is 0 where no lines were split.
   */
  stages: {
    label: string;
    shape: string;
    ns: number;
    linesIn: number;
    linesKept: number;
    linesChanged: number;
    bytesIn: number;
  }[];
}

export interface NativeBatch {
  bytes: ArrayBuffer;
  /** Of each line offset and length, without its newline; in 32 bits each. */
  lines: ArrayBuffer;
}

export interface NativeJob {
  /** Resolves when every thread of the run has ended; never rejects. */
  readonly done: Promise<NativeResult>;
  progress(): NativeCounters;
  /** Somebody waits for the end. */
  keepAlive(): void;
  /** Stops handing out blocks and raises the cancel word; what is complete is still written. */
  cancel(reason: number): void;
  /** The same, and what is there to be taken is lost. */
  close(): void;
  /**
   * The next piece of output, or null behind the last. Four wait at most; the run goes no further until one is taken.
   * One call at a time.
   *
   * The process waits for a run that writes to a descriptor, or that was cancelled or closed. For one whose output is
   * taken it waits while `take` is pending; and, unless the run needs somebody to take first, while what was fed is not
   * worked on, and from `keepAlive` on until the end.
   */
  take(): Promise<NativeBatch | null>;
  /**
   * Gives bytes, which must not change until the promise resolves, or with null the end. It rejects by an error whose
   * `code` is PIECE_LOST when their buffer was transferred or resized before all of them were copied. One call at a time.
   */
  feed(bytes: Uint8Array | null): Promise<void>;
}

/** Where the native parts are built: `build/` of the package, or the folder that PLUGHOST_BUILD names. */
export const buildFolder: string = resolve(import.meta.dirname, '..', process.env.PLUGHOST_BUILD ?? 'build');

let loaded: Addon | undefined;

/** The addon, if it was ever needed. */
export const loadedAddon = (): Addon | undefined => loaded;

/**
 * The addon, loaded at the first call.
 * @throws AddonMissingError when it has not been built or does not fit this machine.
 */
export function addon(): Addon {
  if (loaded) return loaded;
  const path = resolve(buildFolder, 'Release/plughost.node');
  try {
    loaded = createRequire(import.meta.filename)(path) as Addon;
  } catch (cause) {
    throw new AddonMissingError(path, { cause });
  }
  return loaded;
}
