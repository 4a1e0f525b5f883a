import type { NativeIsolated } from './isolated.js';

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
