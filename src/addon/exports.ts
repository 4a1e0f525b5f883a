import type { NativeCalls, NativeContext, NativeSink } from './calls.js';
import type { NativeChanges } from './changes.js';
import type { NativeInProcess } from './in-process.js';
import type { IsolatedSpec, NativeIsolated } from './isolated.js';
import type { NativeJob } from './job.js';
import type { LogRecord } from './log.js';
import type { NativeReadCeiling } from './read-ceiling.js';
import type { NativeRegistry } from './registry.js';
import type { RunSpec } from './run-spec.js';
import type { NativeSealedFile } from './sealed-file.js';

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

  /** A plugin of this process at this address; `label` names it in messages. */
  InProcess: new (
    address: bigint,
    label: string,
  ) => NativeInProcess;

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
