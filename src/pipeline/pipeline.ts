import type { Writable } from 'node:stream';
import type { DataPath } from '../arguments/paths.js';
import type { StageKind } from '../contract/kinds.js';
import type { Shape } from '../loader/plugin/capabilities.js';
import type { Plugin } from '../loader/plugin/plugin.js';
import type { RowExport, RowStage } from './rows/row-stage.js';

/**
 * A part of a plain file: the lines that begin after a newline in bytes `begin` to `end`, and with `begin` 0 also the first
 * line. So each line belongs to one of several parts that touch.
 */
export interface InputRange {
  /** The path of the file. */
  name: DataPath;
  begin: number;
  end: number;
}

/** A file by its path; a part of one; or an open descriptor with a name for messages, which the run does not close. */
export type Input = DataPath | InputRange | { fd: number; name?: string | undefined };

/**
 * Where a run writes. A path: the file appears, or is replaced, when the run has succeeded and has read all inputs. A stream
 * or a descriptor: the run neither ends nor closes it. A stream has accepted every byte when the run has ended; an aborted
 * run writes nothing more to it.
 */
export type Output = DataPath | Writable | { fd: number; name?: string | undefined };

/** Keeps the lines that a filter keeps. */
export interface FilterStage {
  filter: Plugin;
  /** Keep the lines that the filter drops. */
  invert?: boolean | undefined;
  /** The call to use; by default the widest that the plugin offers. All of them keep the same lines. */
  shape?: Shape | 'auto' | undefined;
}

/** Keeps the lines that at least one of the filters keeps. */
export interface AnyStage {
  any: readonly (FilterStage | RowStage)[];
}

/** A stage of one plugin without options of its kind. The kind is the key of the plugin. */
export type KindStage<K extends StageKind> = { [P in K]: Plugin } & {
  /** The call to use; by default the widest that the plugin offers. */
  shape?: Shape | 'auto' | undefined;
};

/** Replaces lines by those that a transform makes of them. */
export type TransformStage = KindStage<'transform'>;

/** A kind whose stages have no options of their own. */
export type PlainStageKind = Exclude<StageKind, 'filter'>;

/** One step of lines on their way from input to output. */
export type Stage = FilterStage | AnyStage | RowStage | { [K in PlainStageKind]: KindStage<K> }[PlainStageKind];

/** How to print kept lines. */
export interface PrintOptions {
  /** Lines (the default); the names of the inputs that have a kept line; or JSON Lines in the format of `rg --json`. */
  form?: 'lines' | 'names' | 'json';
  /** Print the name of the input before each line. */
  names?: boolean;
  /** Print the number of the line in its input before each line. */
  numbers?: boolean;
  /** Print a NUL byte after the name of an input, instead of the usual separator. */
  nul?: boolean;
  /**
   * Colour names, numbers and what filters find in lines (`plug_filter.spans`), by escape sequences of a terminal. JSON is
   * never coloured.
   */
  color?: boolean;
  /**
   * How many lines to print before each kept one. They are lines of the input, after the transforms of the pipeline. Not
   * possible with a transform that is not linewise.
   */
  before?: number;
  /** How many lines to print after each kept one. */
  after?: number;
}

/** What to do with a line that is too long: fail the run, leave the line out, or split it. */
export type LongLines = 'fail' | 'skip' | 'split';

/** What happens to the lines of a run. */
export interface Pipeline {
  /** Each stage gets the lines of the one before it. None by default. */
  stages?: readonly Stage[] | undefined;
  /** Converts kept lines to another format. Without it they are written unchanged. */
  exporter?: Plugin | undefined;
  /** Gives the kept lines to the exporter as rows. Not possible without one, nor with aggregations. */
  rows?: RowExport | undefined;
  /**
   * The time zone of `time:1d` and other steps, and of the times that the exporter writes: its name, such as Europe/Berlin, or
   * an offset, such as +02:00. UTC by default.
   */
  timeZone?: string | undefined;
  /**
   * Where lines go that do not have the format of a parser: all that are dropped, in order and each once. A file appears as
   * `output` does. Without it they are only counted.
   */
  unparsedOutput?: Exclude<Output, Writable> | undefined;
  /** Without it the run only counts. */
  output?: Output | undefined;
  /**
   * Write the states of the aggregations instead of answers: a file that other runs' states can be merged with. Not possible
   * with an exporter.
   */
  emitStates?: boolean | undefined;
  /** Whether to keep an output file even if the run has failed, or could not read an input. */
  keepPartial?: boolean | undefined;
  /** Whether the output continues what an exporter has written before, so that it must not write its header again. */
  continued?: boolean | undefined;
  /** How to print kept lines. Not possible with an exporter. */
  print?: PrintOptions | undefined;
  /** The run ends successfully after this many kept lines; at least 1. */
  limit?: number | undefined;
  /** The run goes on with the next input after this many kept lines of one; at least 1. */
  inputLimit?: number | undefined;
  /** Threads; by default one on each core. */
  workers?: number | undefined;
  /** Bytes of a block, which a worker takes at once; by default the engine chooses. */
  blockSize?: number | undefined;
  /** Whether to hide a carriage return before the newline from filters and exporters. It stays in the output. */
  crlf?: boolean | undefined;
  /** The length of the longest line in bytes, without its newline; 16 MiB by default. */
  maxLine?: number | undefined;
  /** What to do with a longer line; by default the run fails. */
  longLines?: LongLines | undefined;
}

/** A pipeline whose kept lines go to JavaScript. */
export type LinesPipeline = Omit<
  Pipeline,
  'exporter' | 'rows' | 'timeZone' | 'output' | 'unparsedOutput' | 'emitStates' | 'keepPartial' | 'continued' | 'print'
>;

/** A pipeline whose kept lines go to JavaScript as rows. */
export type RowsPipeline = LinesPipeline & {
  /** How lines become rows. */
  rows: RowExport;
};

/** A pipeline whose answers go to JavaScript. */
export type AggregatePipeline = Omit<LinesPipeline, 'limit' | 'inputLimit'> & Pick<Pipeline, 'timeZone'>;

/** A pipeline whose input and output are streams. */
export type StreamPipeline = Omit<Pipeline, 'output' | 'unparsedOutput' | 'emitStates' | 'keepPartial'>;
