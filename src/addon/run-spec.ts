import type { EnumValue } from './known.js';
import type {
  NativeAnswers,
  NativeMerged,
  NativeRowExport,
  NativeRowStage,
  NativeStates,
  NativeZone,
} from './row-spec.js';
import type { NativeStage } from './stage.js';

/** What a run does. The addon refuses fields that are missing or have another type. */
export interface RunSpec {
  /**
   * Each is the paths of files, separated by NULs, because one text crosses the border faster than many; or an open
   * descriptor, which the run does not close, and a name for messages; or bytes of a regular file. Names are text, or bytes when they are not UTF-8.
   */
  inputs: (
    | string
    | Buffer
    | { fd: number; name: string | Buffer }
    | { name: string | Buffer; begin: number; end: number }
  )[];
  /** Whether one more input, the last, comes through `NativeJob.feed`. */
  fed: boolean;
  /** Each gets the lines that the one before it leaves. `any` keeps the lines that at least one of its filters keeps. */
  stages: (NativeStage | { any: (NativeStage | NativeRowStage)[] } | NativeRowStage)[];
  /** `frames` writes rows as native/engine/rows/frames/frame_export_stage.hpp describes. */
  exporter: NativeStage | NativeRowExport | 'frames' | null;
  /** What the exporter, which must write rows, writes when all lines were read. */
  answers: NativeAnswers[];
  /** Of the times in answers. */
  zone: NativeZone;
  /** Files of states that the run merges, or null. Answers and states are of these then. */
  merged: NativeMerged | null;
  /** States that the run writes, or null. There is no exporter then. */
  states: NativeStates | null;
  /**
   * Where the output goes. A number: the descriptor, which the run does not close. Null: nowhere; the run only counts.
   * `bytes` and `batches`: `NativeJob.take` returns it, without and with the places of lines. `frames` is for the exporter
   * of that name: it returns whole frames.
   */
  output: number | null | 'bytes' | 'batches' | 'frames';
  /** The descriptor that gets the lines which no parser reads, and which the run does not close. Null: they are only counted. */
  unparsed: number | null;
  /** Whether the output already has what the exporter writes before the first line. */
  continued: boolean;
  /** How to print kept lines. Without effect when there is an exporter. */
  print: {
    /** Lines; or the names of inputs that have kept lines; or JSON Lines. */
    form: EnumValue<'PrintForm'>;
    /** Whether the name of the input, and the number of the line, go before each line. */
    names: boolean;
    numbers: boolean;
    /** Whether a NUL follows the name of an input. */
    nul: boolean;
    /** Whether names, numbers and what filters find are coloured by escape sequences. */
    color: boolean;
    /** How many lines to print before and after each kept line. */
    before: number;
    after: number;
  };
  /** The run ends successfully after this many kept lines; 0 for no limit. */
  limit: number;
  /** The run skips the rest of an input after this many kept lines; 0 for no limit. */
  inputLimit: number;
  /** Threads; 0 for one on each core. */
  workers: number;
  /** Bytes; 0 lets the engine choose. */
  blockSize: number;
  /** Whether a carriage return before the newline is hidden from filters and exporters. */
  crlf: boolean;
  /** The length of the longest line in bytes; 0 for 16 MiB. */
  maxLine: number;
  /** What to do with a longer line: fail the run, leave it out, or split it into lines of that length. */
  longLines: EnumValue<'LongLines'>;
}
