import type { NativeFaultReport } from './fault.js';
import type { EnumValue } from './known.js';

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
  kind: EnumValue<'FailureKind'>;
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
  /** For `fault`. */
  fault?: NativeFaultReport;
}

export interface NativeResult {
  counters: NativeCounters;
  /** Of each input: whether its turn came and it could be opened, its bytes as they are stored, and its kept lines. */
  inputs: { state: EnumValue<'InputState'>; bytes: number; kept: number }[];
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
