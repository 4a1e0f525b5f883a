import type { NativeFaultReport } from './fault.js';
import type { EnumValue } from './known.js';

/** How far a run is, in the order of its output. */
export interface NativeCounters {
  /** Bytes of input that the run has finished. */
  bytes: number;
  /** Bytes of all inputs together, or 0 when the size of one is unknown. */
  total: number;
  /** Lines that the last stage kept; if an exporter gets rows, its rows. */
  kept: number;
  /** Bytes of output. */
  written: number;
}

/** What went wrong in a run. src/pipeline/failure.ts makes an error of it. */
export interface NativeFailure {
  kind: EnumValue<'FailureKind'>;
  /** The input's name, or the plugin's label; empty for the output. */
  subject: Buffer;
  /** The operation, the format or the plugin's function, such as `open`, `gzip`, `write`, `scan`. */
  operation: string;
  /** errno for input and output, the plug status for a plugin. */
  code: number;
  /**
   * By kind: the plugin's own message, which nothing has checked; the rule that it broke; what is wrong with the
   * compressed bytes; for `no-decoder`, the Debian package that has the decoder, or empty.
   */
  message: string;
  /** For `decode`, `no-decoder` and `decoder-memory`: a command that decodes the format. */
  tool: string;
  /** Byte offset in the text of the input, or for `decode` in the file; -1 if unknown. */
  offset: number;
  /** For `plugin`, where `offset` is known: the index of the input, or -1. */
  input: number;
  /** For `plugin`: the number of the line in the input, or 0 if unknown. */
  line: number;
  /** Whether the failure ended the run. A run goes on after an input that cannot be read. */
  fatal: boolean;
  /** For `fault`. */
  fault?: NativeFaultReport;
}

/** What a run did. */
export interface NativeResult {
  counters: NativeCounters;
  /**
   * One element for each input, in order. `states` has numbers of InputState in ENUMS. `unread`: the run ended before it.
   * `refused`: it could not be opened. `bytes` counts bytes of the file, and `kept` its kept lines.
   */
  inputs: { states: Uint8Array; bytes: Float64Array; kept: Float64Array };
  /** 0, or the PLUG_CANCEL_* reason that ended the run early. */
  cancelled: number;
  failures: NativeFailure[];
  /** Faults of isolated plugins that did not end the run, in the order of the lines. */
  faults: NativeFaultReport[];
  workers: number;
  blocks: number;
  /** Lines longer than `maxLine` that were left out or split. */
  longLines: number;
  /** Rows of all tables of answers. */
  answers: number;
  /** Rows that aggregators got, in this run or in those whose states it merges. */
  folded: number;
  /** Whether an input was not read to its end, because no more of its lines were wanted. */
  early: boolean;
  /** Wall time from start to end, in nanoseconds. */
  elapsed: number;
  /**
   * The stages in order, then the exporter if there is one. `ns` is the time of all workers together, and `shape` the call
   * that the stage used for blocks. `linesIn` is 0 when the stage did not split its input into lines.
   */
  stages: {
    label: string;
    /** The label of the stage's parser; undefined if it reads no rows. */
    parser?: string;
    shape: string;
    ns: number;
    linesIn: number;
    linesKept: number;
    linesChanged: number;
    bytesIn: number;
    /** Lines that have the format of the parser and no row. */
    linesSkipped: number;
    /** Lines that do not have the format, and the first of them. `line` counts from 1, and is 0 if unknown. */
    linesUnfit: number;
    firstUnfit: { input: number; offset: number; line: number };
    /** Bit i: a row had a value in the column that is number i of `watched`. */
    valued: bigint;
  }[];
}
