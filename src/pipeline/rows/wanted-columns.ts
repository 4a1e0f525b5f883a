import type { NativeField } from '../../addon/row-spec.js';
import type { Caller } from '../caller.js';
import { type Column, numberOf } from './column-type.js';
import type { RowDescription } from './describe.js';
import { unknownColumn } from './unknown-column.js';

/** The number of the line. The engine gives it where a parser with fixed columns has none of this name. */
const NUMBER: Column = { name: 'number', type: 'integer' };

/** The engine has a bit for each. */
const MOST_WATCHED = 64;

/** Returns the columns that rows of a parser always have. */
export function knownColumns({ columns, open }: Pick<RowDescription, 'columns' | 'open'>): readonly Column[] {
  const hasOwn = open || columns.some(({ name }) => name === NUMBER.name);
  return hasOwn ? columns : [...columns, NUMBER];
}

/** The columns that the readers of a parser's rows want, each once. */
export class WantedColumns {
  readonly columns: Column[] = [];
  /** The indexes of those that the engine gives. */
  readonly numbers: number[] = [];
  /**
   * Indexes of columns that may well have no value in any row: because the parser does not know their names, has them by
   * another type, or needs to be told the year of its times.
   */
  readonly watched: number[] = [];
  /** The columns that rows always have. */
  readonly known: readonly Column[];
  readonly #caller: Caller;
  readonly #option: string;
  readonly #label: string;
  readonly #open: boolean;

  /**
   * @param option of the caller that is about columns, for messages
   * @param label of the parser
   */
  constructor(caller: Caller, option: string, label: string, { columns, open }: RowDescription) {
    this.#caller = caller;
    this.#option = option;
    this.#label = label;
    this.#open = open;
    this.known = knownColumns({ columns, open });
  }

  /**
   * Returns the index of a column, after adding it.
   * @param mayBeEmpty whether the reader asks if there is a value
   * @throws UsageError when there is none
   */
  add({ name, type }: Column, reader: string, mayBeEmpty = false): number {
    const own = this.known.find((column) => column.name === name);
    if (!own && !this.#open) {
      const names = this.known.map((column) => column.name);
      throw unknownColumn(
        this.#caller.message(this.#option, `${reader}: ${this.#label} has no column ${name}`),
        name,
        names,
      );
    }
    const resolved: Column = { name, type: type === 'any' ? (own?.type ?? 'text') : type };
    const known = this.columns.findIndex((column) => column.name === name && column.type === resolved.type);
    if (known >= 0) return known;
    const index = this.columns.push(resolved) - 1;
    if (own === NUMBER) {
      this.numbers.push(index);
      return index;
    }
    const isDoubtful = !mayBeEmpty && (own?.type !== resolved.type || resolved.type === 'time');
    if (isDoubtful && this.watched.length < MOST_WATCHED) this.watched.push(index);
    return index;
  }

  /** Returns the column with an index. */
  at(index: number): Column {
    return this.columns[index] as Column;
  }

  get native(): NativeField[] {
    return this.columns.map(({ name, type }) => ({ name, type: numberOf(type) }));
  }
}
