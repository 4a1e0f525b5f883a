import { UsageError } from '../../errors/index.js';
import { describeValue } from '../../text/describe.js';
import type { Column } from './column-type.js';
import { unknownColumn } from './unknown-column.js';

/**
 * A value of a row. An integer is a number, or a bigint if a number would lose digits. A time is nanoseconds since 1970 as a
 * bigint. Null: the row has none.
 */
export type Cell = string | number | bigint | boolean | null;

/** A row as an object: the values by the names of their columns. */
export type Row = Record<string, Cell>;

/** The values of one column for the rows of a batch, as they lie in memory. A row without a value has 0. */
export type ColumnValues = {
  /** Bit `i % 8` of byte `i / 8` is set if row `i` has a value. */
  valid: Uint8Array;
} & (
  | { type: 'integer'; values: BigInt64Array }
  /** Nanoseconds since 1970. */
  | { type: 'time'; values: BigInt64Array }
  /** 0 or 1. */
  | { type: 'boolean'; values: BigInt64Array }
  | { type: 'real'; values: Float64Array }
  /** The offset of each text in `RowBatch.bytes` and its length, as pairs. */
  | { type: 'text'; values: Uint32Array }
);

/** Consecutive rows as columns. Nothing is copied or decoded before it is asked for. */
export class RowBatch {
  readonly columns: readonly Column[];
  /** The number of rows. */
  readonly length: number;
  /** The bytes of all texts. */
  readonly bytes: Buffer;
  readonly #buffer: ArrayBuffer;
  readonly #offset: number;

  /** @param offset of the cells in the buffer @param size of these and of the texts after them @internal */
  constructor(columns: readonly Column[], length: number, buffer: ArrayBuffer, offset: number, size: number) {
    this.columns = columns;
    this.length = length;
    this.#buffer = buffer;
    this.#offset = offset;
    const cells = columns.length * this.#columnSize;
    this.bytes = Buffer.from(buffer, offset + cells, size - cells);
  }

  /** Returns the values of a column, by its name or its index. @throws UsageError when there is none */
  values(column: string | number): ColumnValues {
    const index = this.#indexOf(column);
    const { type } = this.columns[index] as Column;
    const begin = this.#offset + index * this.#columnSize;
    const valid = new Uint8Array(this.#buffer, begin + this.length * 8, Math.ceil(this.length / 8));
    if (type === 'text') return { type, valid, values: new Uint32Array(this.#buffer, begin, this.length * 2) };
    if (type === 'real') return { type, valid, values: new Float64Array(this.#buffer, begin, this.length) };
    return { type: type as 'integer', valid, values: new BigInt64Array(this.#buffer, begin, this.length) };
  }

  /** Returns one value. Bytes of a text that are not UTF-8 become U+FFFD. @throws UsageError when there is none */
  get(row: number, column: string | number): Cell {
    this.#ensureRow(row);
    return this.#cell(this.values(column), row);
  }

  /** Returns the bytes of a text, which share memory with the batch; undefined for null. @throws UsageError */
  textBytes(row: number, column: string | number): Buffer | undefined {
    this.#ensureRow(row);
    const { type, valid, values } = this.values(column);
    if (type !== 'text') throw new UsageError(`rows: column ${column} is ${type}, and no text`);
    return isSet(valid, row) ? this.#text(values, row) : undefined;
  }

  /** Iterates over the rows as objects. */
  *[Symbol.iterator](): Generator<Row, void, undefined> {
    const columns = this.columns.map(({ name }, index) => [name, this.values(index)] as const);
    for (let row = 0; row < this.length; row++) {
      yield Object.fromEntries(columns.map(([name, values]) => [name, this.#cell(values, row)]));
    }
  }

  /** The bytes of one column: its cells, and the words of its valid bits. */
  get #columnSize(): number {
    return 8 * (this.length + Math.ceil(this.length / 64));
  }

  #ensureRow(row: number): void {
    if (Number.isInteger(row) && row >= 0 && row < this.length) return;
    throw new UsageError(`rows: there is no row ${describeValue(row)} among ${this.length}`);
  }

  #indexOf(column: string | number): number {
    const index = typeof column === 'number' ? column : this.columns.findIndex(({ name }) => name === column);
    if (this.columns[index]) return index;
    const names = this.columns.map(({ name }) => name);
    const what = `rows: there is no column ${describeValue(column)}`;
    if (typeof column === 'string') throw unknownColumn(what, column, names);
    throw new UsageError(what, { hint: `it has: ${names.join(', ')}` });
  }

  #cell({ type, valid, values }: ColumnValues, row: number): Cell {
    if (!isSet(valid, row)) return null;
    if (type === 'text') return this.#text(values, row).toString();
    if (type === 'real') return values[row] as number;
    const value = values[row] as bigint;
    if (type === 'time') return value;
    if (type === 'boolean') return value !== 0n;
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  #text(spans: Uint32Array, row: number): Buffer {
    const begin = spans[2 * row] ?? 0;
    return this.bytes.subarray(begin, begin + (spans[2 * row + 1] ?? 0));
  }
}

const isSet = (valid: Uint8Array, row: number): boolean => (((valid[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
