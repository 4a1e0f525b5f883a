import type { NativeCalls, NativeContext, NativeSink } from './calls.js';
import type { NativeChanges } from './changes.js';
import type { NativeInProcess } from './in-process.js';
import type { IsolatedSpec, NativeIsolated } from './isolated.js';
import type { NativeJob } from './job.js';
import type { LogRecord } from './log.js';
import type { NativeReadCeiling } from './read-ceiling.js';
import type { NativeBuiltin, NativeRegistry } from './registry.js';
import type { NativeRowDescription, NativeStateCounts } from './row-spec.js';
import type { RunSpec } from './run-spec.js';
import type { NativeSealedFile } from './sealed-file.js';
import type { NativeStage } from './stage.js';

/**
 * What the native addon exports; `native/addon/` implements it. It is a thin layer: the rules are in TypeScript. An
 * address is a bigint, and 0n is null. Functions run on the calling thread and throw TypeError for an argument of the
 * wrong type.
 */
export interface Addon {
  registry: NativeRegistry;

  /** Returns the plugins that are linked into the addon, in the order of their names. */
  builtin(): NativeBuiltin[];

  /** Returns a copy of `length` bytes at `address`, or null when some of them cannot be read. Never faults. */
  readMemory(address: bigint, length: number): Buffer | null;

  /**
   * Writes bytes to an address. Returns false when some of them cannot be written there; the first ones may have been
   * written then. Never faults.
   */
  writeMemory(address: bigint, bytes: Buffer): boolean;

  /**
   * Finds the library that this process has open under a name; every library that needs one of this name gets that one.
   * Returns its path, and in `same` whether it is mapped from `file`. Returns null when none is open.
   */
  openAs(name: string, file: string): { path: string; same: boolean } | null;

  /** Returns the segment of a loaded file that holds the address, or null when it belongs to no file. */
  mappingAt(address: bigint): { path: string; executable: boolean; begin: bigint; end: bigint } | null;

  /**
   * Returns the address of the `plug_host` whose log lines carry `label`. Each label has one. It lives as long as the
   * process, because threads of a plugin may call it at any time.
   */
  hostFor(label: string): bigint;

  /** Returns whether the program, or a library that it was started with, exports a symbol of this name. */
  programHas(symbol: string): boolean;

  /** Takes the log lines that plugins have written so far, oldest first. `dropped` counts lines that did not fit. */
  drainLog(): { records: LogRecord[]; dropped: number };

  /**
   * Claims a plugin instance for this JavaScript thread, so that no other owner in the process can have it. Returns the
   * token of its cleanup hook; or `loaded` when another owner has it; or `spent` when it had an owner before and cannot
   * be initialised again.
   *
   * A cleanup hook runs once: by `runCleanup`, or when its JavaScript thread ends while the process goes on. The hooks of
   * a thread then run in reverse order, after its runs have ended. They do not run at the end of the main thread.
   */
  claimInstance(plugin: bigint): number | 'loaded' | 'spent';
  /** Lets the hook of an instance call `destroy`, unless that is 0n. `spent`: no owner can claim the instance again. */
  setDestroy(token: number, destroy: bigint, spent: boolean): void;
  /** Adds a cleanup hook that calls `stateFree` for a state of an instance. Returns its token. */
  addStateCleanup(plugin: bigint, state: bigint, stateFree: bigint): number;
  runCleanup(token: number): void;
  /** Removes a hook. It never runs. */
  cancelCleanup(token: number): void;

  /** Whether this is the main thread of the process, and not a worker thread. */
  mainThread: boolean;
  /** Functions of plugins, by their address. Worker threads use them instead of koffi: see src/contract/calls.ts. */
  calls: NativeCalls;
  /** Opens a library for the life of the process. Returns its handle. Throws an Error with the loader's message. */
  openLibrary(file: string): bigint;
  symbolOf(handle: bigint, name: string): bigint;

  /**
   * Begins a call of a plugin on this thread. Until `leavePlugin`, a crash report names this plugin and operation. The
   * two also restore the floating-point mode of the thread, and with `compare` the state of the process, as
   * `releaseProcess` does.
   */
  enterPlugin(label: string, operation: string): void;
  leavePlugin(compare: boolean): NativeChanges | null;
  /**
   * Saves the state of the process: working folder, umask, limits, descriptors 0 to 2, signals, locale, environment.
   * `releaseProcess` restores what differs and returns it. Pairs may be nested, in each other and in calls of plugins:
   * only the outermost pair of a thread saves and restores.
   */
  keepProcess(): void;
  releaseProcess(): NativeChanges | null;
  /** Logs a line under a label, at the level of a plugin that misbehaves. */
  logMisbehaving(label: string, message: string): void;
  /**
   * The address of a C function that calls `plug_filter.match` between `enterPlugin` and `leavePlugin`. Its parameters
   * are the function to call, the `plug_host` of the label, and the parameters of the function.
   */
  readonly matchGate: bigint;
  /** See src/boundary/report-crashes.ts. */
  reportCrashes(): void;

  /** Ends the process now and runs no exit handlers. It writes what C code has buffered in files. */
  endProcess(status: number): never;
  /** Lets the process skip its exit handlers when it ends. Call it last, because it must be the last one registered. */
  skipExitHandlers(): void;

  /**
   * Copies a regular file into memory that no process can change, not even this one. Linux only. Throws an Error with
   * the system's reason. An error that has `operation` and `errno` is about this process, not about the file.
   */
  SealedFile: new (
    path: string,
  ) => NativeSealedFile;

  /**
   * Moves standard input and output to new descriptors, which plugins do not know, and returns those. Afterwards
   * descriptor 0 reads nothing, and descriptor 1 writes to standard error.
   */
  takeStandardStreams(): { input: number; output: number };

  /**
   * Writes what a descriptor accepts without waiting for its reader. Returns the number of bytes. Throws an Error with
   * `errno`.
   */
  writeNow(fd: number, bytes: Uint8Array): number;
  /** Returns whether a descriptor is a terminal. */
  isTerminal(fd: number): boolean;
  /** Gives a name, which must be free, to an open file that has none. Linux only. Throws an Error with `errno`. */
  nameFile(fd: number, path: Buffer): void;
  /**
   * Returns the names of the entries of a folder, without `.` and `..`, each followed by a NUL and ascending by their
   * bytes. `kinds` has the number of each entry's EntryKind in ENUMS. A link is not followed. Throws an Error with `errno`.
   */
  readFolder(path: string | Buffer): { names: Buffer; kinds: Uint8Array };
  /** Copies the access list and the `user.` attributes of a file to an open one. Throws an Error with `errno`. */
  copyAttributes(from: Buffer, to: number): void;

  /** A `plug_sink` that grows in memory. */
  Sink: new () => NativeSink;

  /** A `plug_ctx` with its own cancel word. */
  Context: new (
    timeoutMs?: number,
  ) => NativeContext;

  /**
   * Reads a regular file on `workers` threads and looks at every byte. Blocks this thread. Throws an Error when the file
   * has no size. Bytes that cannot be read are missing from the result.
   */
  readCeiling(fd: number, workers: number): NativeReadCeiling;

  /** A plugin instance of this process. `label` names the plugin in messages. */
  InProcess: new (
    address: bigint,
    label: string,
  ) => NativeInProcess;

  /** A plugin in processes of its own. */
  Isolated: new (
    spec: IsolatedSpec,
  ) => NativeIsolated;

  /**
   * Starts a run on threads of the engine. Throws TypeError when the spec is wrong, with the code INVALID_STAGE for a
   * stage; and an Error with `errno` and `operation` when the system refuses something.
   */
  Job: new (
    spec: RunSpec,
  ) => NativeJob;

  /** Asks the plugin of a stage that is a parser, a row filter or an aggregator for its columns. */
  describeRows(stage: NativeStage): NativeRowDescription;
  /** Reads a file of states to its end, from behind its prefix on. */
  readStates(file: {
    fd: number;
    prefix: Buffer;
    sections: { by: { type: number }[]; aggregators: number }[];
  }): NativeStateCounts;
}
