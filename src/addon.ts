import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { AddonMissingError } from './errors.js';

/**
 * The native addon as it is: thin, one to one, without rules of its own. `native/addon/` implements it; addresses are
 * bigint, 0n is null. Everything here runs on the JavaScript thread unless it says otherwise.
 */
export interface Addon {
  /** Holds the library at `path` (already opened) mapped until the process ends. Throws with the loader's text. */
  pin(path: string): void;

  /** A copy of `length` bytes at `address`, or null when not all of them are readable. Never faults. */
  readMemory(address: bigint, length: number): Buffer | null;

  /** The file that is mapped at `address` and whether the address is executable; null when it belongs to no file. */
  mappingAt(address: bigint): { path: string; executable: boolean } | null;

  /**
   * The address of a `plug_host` whose log lines carry `label`. One host a label, for the life of the process, because
   * threads of a plugin may call it at any time.
   */
  hostFor(label: string): bigint;

  /** Takes the log lines that plugins have written so far, oldest first, and how many were dropped in between. */
  drainLog(): { records: LogRecord[]; dropped: number };

  /** A `plug_sink` that grows in memory. */
  Sink: new () => NativeSink;

  /** A `plug_ctx` with a cancel word of its own. */
  Context: new (
    timeoutMs?: number,
  ) => NativeContext;

  /** A run on threads of the engine, started at once; throws TypeError when the spec has the wrong shape. */
  Job: new (
    spec: RunSpec,
  ) => NativeJob;
}

export interface LogRecord {
  label: string;
  /** PLUG_LOG_*, 0 to 5. */
  level: number;
  /** Bytes of the plugin: not necessarily UTF-8, not cleaned. */
  message: Buffer;
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

/** Which call of a filter is used; `auto` takes the widest that the plugin offers. */
export type NativeShape = 'auto' | 'scan' | 'batch' | 'line';

export interface RunSpec {
  inputs: ({ path: string } | { fd: number; name: string })[];
  filters: { label: string; plugin: bigint; filter: bigint; invert: boolean; shape: NativeShape }[];
  exporter: { label: string; plugin: bigint; exporter: bigint } | null;
  /** Where the bytes go; -1 only counts. Never closed. */
  output: number;
  /** Threads; 0 = one for each core. */
  workers: number;
  /** Bytes; 0 = the engine's choice. */
  blockSize: number;
  /** Bytes; a longer line ends the run with a failure. 0 = the engine's choice (16 MiB). */
  maxLine: number;
}

export interface NativeCounters {
  /** Bytes of input that are done with. */
  bytes: number;
  /** Bytes of all regular inputs together, or 0 when an input has no known size. */
  total: number;
  /** Lines kept. */
  kept: number;
  written: number;
}

export interface NativeFailure {
  kind: 'input' | 'output' | 'plugin' | 'contract' | 'line-too-long';
  /** The input's name, or the plugin's label; empty for the output. */
  subject: string;
  /** The operation or the plugin's function, such as `open`, `read`, `write`, `scan`. */
  operation: string;
  /** errno for input and output, the plug status for a plugin. */
  code: number;
  /** The plugin's own words (not cleaned), or what rule was broken. */
  message: string;
  /** Byte offset in the input, or -1. */
  offset: number;
  /** Whether the run went on (an input that cannot be read) or ended. */
  fatal: boolean;
  /** The address of the plugin's instance, or 0n. */
  plugin: bigint;
}

export interface NativeResult {
  counters: NativeCounters;
  /** 0, or the PLUG_CANCEL_* reason that ended the run early. */
  cancelled: number;
  failures: NativeFailure[];
  workers: number;
  blocks: number;
  /** Nanoseconds of wall time from start to end. */
  elapsed: number;
  /**
   * Per filter, the exporter last if there is one: nanoseconds of all workers together, the shape that was used, and
   * what came in and stayed. `linesIn` is 0 where no lines were split.
   */
  stages: { label: string; shape: string; ns: number; linesIn: number; linesKept: number; bytesIn: number }[];
}

export interface NativeJob {
  /** Resolves when every thread of the run has ended; never rejects. */
  readonly done: Promise<NativeResult>;
  progress(): NativeCounters;
  /** Stops handing out blocks and raises the cancel word; what is complete is still written. */
  cancel(reason: number): void;
}

/** Where the native parts are built: `build/` of the package, or the folder that PLUGHOST_BUILD names. */
export const buildFolder: string = resolve(import.meta.dirname, '..', process.env.PLUGHOST_BUILD ?? 'build');

let loaded: Addon | undefined;

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
