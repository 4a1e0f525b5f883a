import type { EnumValue } from './known.js';
import type { NativeStage } from './stage.js';

export interface RunSpec {
  /** A name that is a path, or one for messages beside an open descriptor, which is not closed. */
  inputs: { name: Buffer; fd?: number }[];
  /** Whether a last input comes through `NativeJob.feed`. */
  fed: boolean;
  /** In this order. `any` keeps the lines that at least one of its filters keeps. */
  stages: (NativeStage | { any: NativeStage[] })[];
  exporter: NativeStage | null;
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
    form: EnumValue<'PrintForm'>;
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
  longLines: EnumValue<'LongLines'>;
}
