import type { NativeFault } from './fault.js';
import type { EnumValue } from './known.js';
import type { NativeStage } from './stage.js';

/** A column. `type` is a number of PLUG_ANY, PLUG_TEXT, … in native/include/plughost/columns.h. */
export interface NativeField {
  name: string;
  type: number;
}

/** How a parser reads lines, and which columns it gives. */
interface NativeRows {
  parser: NativeStage;
  columns: NativeField[];
  /** The indexes of the columns that the engine fills with the number of the line in its input, and the parser does not. */
  numbers: number[];
  /** What happens to lines that do not have its format. */
  unparsed: EnumValue<'Unparsed'>;
  /** Indexes of the columns of which the result says whether a row had a value: at most 64. */
  watched: number[];
}

/** A stage that reads lines as rows. Numbers are indexes of its columns. */
export interface NativeRowStage extends NativeRows {
  /** Each keeps some rows. `columns` are those that the filter asked for, in its order. */
  filters: { filter: NativeStage; columns: number[] }[];
  /** Each groups the rows by its keys, and folds the rows of each group. With any, no line leaves the stage. */
  folds: NativeFold[];
  /** Bytes of memory that all groups may take; more of them go into files of this folder. */
  groupMemory: number;
  spillFolder: string;
}

export interface NativeFold {
  by: NativeKey[];
  aggregators: { aggregator: NativeStage; columns: number[]; outputs: NativeField[] }[];
}

/** A column by which rows are grouped. Its values may be cut into steps. `width` and `shift` have 64 bits, as text. */
export interface NativeKey {
  column: number;
  step: EnumValue<'StepKind'>;
  width: string;
  /** The width for a column of reals. */
  realWidth: number;
  /** The width of a step of reals is `realWidth / realDivisor`: both are whole, so that 0.1 is exact. */
  realDivisor: number;
  /** Added to a time before it is cut. */
  shift: string;
  /** By whose clocks times are cut. */
  zone: NativeZone;
}

/**
 * A time zone: pairs of a second since 1970, ascending, and how many seconds local time is ahead of UTC from
 * then on. Null is UTC.
 */
export type NativeZone = Float64Array | null;

/** An exporter that gets the kept lines as rows. */
export interface NativeRowExport extends NativeRows {
  exporter: NativeStage | 'frames';
  /** Of the times that are written. */
  zone: NativeZone;
}

/** Answers that the exporter writes as a table. Stage and fold are indexes. */
export interface NativeAnswers {
  stage: number;
  fold: number;
  /** The keys, then the outputs of each aggregator. */
  columns: NativeField[];
  /** By which columns, of those above, the rows are sorted; by the keys if there are none. */
  sort: { column: number; descending: boolean }[];
  /** The most rows; 0 for all. */
  limit: number;
}

/** Files of states that a run merges. Each has a fold for each section. */
export interface NativeMerged {
  /** `prefix`: the bytes before those that the descriptor still gives. */
  inputs: { name: string | Buffer; fd: number; prefix: Buffer }[];
  folds: { by: { type: number }[]; aggregators: { aggregator: NativeStage; outputs: NativeField[] }[] }[];
}

/** The states that a run writes after `prefix`. Stage is the index of the stage that folds rows, if the run merges none. */
export interface NativeStates {
  prefix: Buffer;
  stage: number;
}

/** What a file of states has, or why it cannot be read. */
export interface NativeStateCounts {
  lines: number;
  rows: number;
  unparsed: number;
  /** Of each section. */
  groups: number[];
  failure?: NonNullable<NativeRowDescription['failure']>;
}

/** The columns that a plugin names, or why it cannot. */
export interface NativeRowDescription {
  /** Of a parser: those that it always has. Of a row filter and of an aggregator: those that it wants. */
  columns: NativeField[];
  /** Whether a parser has columns of any name. */
  open?: boolean;
  /** The columns of an aggregator's result. */
  outputs?: NativeField[];
  /** The revision of an aggregator's states. */
  revision?: number;
  failure?: { contract: boolean; operation: string; code: number; message: string; fault?: NativeFault };
}
