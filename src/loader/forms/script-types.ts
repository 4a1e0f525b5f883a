/** The types of what a script in TypeScript offers, for its author: `import type { Script } from 'plughost'`. */

/** The type of a column that a script reads; `any` is the parser's own. */
export type ScriptColumnType = 'any' | 'text' | 'integer' | 'real' | 'time' | 'boolean';

/** What a cell is to a script; a time is milliseconds since 1970. A script with `"lines": "bytes"` gets texts as bytes. */
export interface ScriptCells<Text> {
  any: Text | number | boolean;
  text: Text;
  integer: number;
  real: number;
  time: number;
  boolean: boolean;
}

/** The names of columns, and their types. */
export type ScriptColumns = Readonly<Record<string, ScriptColumnType>>;

/** A row of these columns. One without a value is null. */
export type ScriptRow<C extends ScriptColumns, Text = string> = {
  readonly [Name in keyof C]: ScriptCells<Text>[C[Name]] | null;
};

/** An answer with these columns. What is missing or null has no value. */
export type ScriptAnswer<O extends ScriptColumns> = {
  readonly [Name in keyof O]?:
    | ScriptCells<string | Uint8Array>[O[Name]]
    | (O[Name] extends 'integer' ? bigint : never)
    | null;
};

/** What a state of an aggregator may be. */
export type ScriptState =
  | null
  | boolean
  | number
  | string
  | readonly ScriptState[]
  | { readonly [key: string]: ScriptState };

/** A filter of rows. */
export interface ScriptRowFilter<C extends ScriptColumns = ScriptColumns, Text = string> {
  columns: C;
  /** Returns whether a row is kept. */
  keep(row: ScriptRow<C, Text>): boolean;
}

/** An aggregator. The same rows must give the same state, however they are split and in whatever order they come. */
export interface ScriptAggregator<
  S = ScriptState,
  C extends ScriptColumns = ScriptColumns,
  O extends ScriptColumns = ScriptColumns,
  Text = string,
> {
  columns?: C;
  /** The columns of its answer, none of them `any`. */
  outputs: O;
  /** Of the meaning of its states: from 0 on. */
  revision?: number;
  /** Returns the state of a group without rows. */
  create(): S;
  /** Adds a row. Returns the state, or changes it and returns nothing. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that changes its argument returns nothing.
  add(state: S, row: ScriptRow<C, Text>): S | void;
  /** Adds the rows of b to those of a. Returns the state, or changes a and returns nothing. */
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that changes its argument returns nothing.
  merge(a: S, b: S): S | void;
  /** Returns the answer of a group. */
  finish(state: S): ScriptAnswer<O>;
}

/** What else the default export of a script gets. */
export interface ScriptHost {
  /** Writes to the log of plughost, as information. */
  log(text: string): void;
  /** Writes to the log of plughost. */
  log(level: 'debug' | 'info' | 'warning' | 'error', text: string): void;
}

/** What the default export of a script returns. */
export interface ScriptOffer<Line = string> {
  /** Returns whether a line is kept. */
  filter?(line: Line): boolean;
  /** Returns what takes the place of a line: a text, several, null for nothing, undefined for the line. */
  transform?(line: Line): Line | readonly Line[] | null | undefined;
  exporter?: {
    /** Returns what stands before all lines. */
    begin?(): string | Line;
    /** Returns what is written for some lines, in their order. */
    write(lines: Line[]): string | Line;
    /** Returns what stands after all lines. */
    end?(): string | Line;
  };
  // biome-ignore lint/suspicious/noExplicitAny: each script has columns and states of its own.
  rowFilter?: ScriptRowFilter<any, Line>;
  // biome-ignore lint/suspicious/noExplicitAny: each script has columns and states of its own.
  aggregator?: ScriptAggregator<any, any, any, Line>;
  /** Returns what `plughost load` shows. */
  run?(): string | Line;
}

/** The default export of a script. */
export type Script<Options = unknown, Line = string> = (options: Options, host: ScriptHost) => ScriptOffer<Line>;
