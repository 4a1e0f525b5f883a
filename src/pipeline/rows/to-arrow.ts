import { isUtf8 } from 'node:buffer';
import { types } from 'node:util';
import { type Check, checked } from '../../arguments/argument.js';
import { isObject, objectOf, optional } from '../../arguments/checks.js';
import { PackageMissingError, PlughostError, UsageError } from '../../errors/index.js';
import { messageOf } from '../../text/describe.js';
import type { Column, ColumnType } from './column-type.js';
import type { ColumnValues, RowBatch } from './row-batch.js';
import { AnswerTable, RowBatches } from './rows.js';

/** A class of apache-arrow. */
type Class = new (...given: never[]) => object;

/** What is used of apache-arrow. Its own declarations are there only for those who install it. */
interface Arrow {
  Field: new (name: string, type: object, nullable: boolean) => object;
  Schema: new (fields: object[]) => { fields: object[] };
  Struct: new (fields: object[]) => object;
  RecordBatch: new (schema: object, data: object) => object;
  Table: new (schema: object, batches: object[]) => object;
  TimestampNanosecond: new (timeZone: string) => object;
  Utf8: Class;
  Int64: Class;
  Float64: Class;
  Bool: Class;
  makeData(properties: object): object;
}

/** What else `toArrow` may be given. */
export interface ArrowOptions {
  /**
   * The package `apache-arrow` as the caller has it. Without it, it is imported. Needed where the program has another copy: one
   * that `require` loads has classes of its own, which do not know tables of those that `import` loads.
   */
  arrow?: object | undefined;
}

/**
 * Makes a `Table` of the package `apache-arrow`, which must be installed. Numbers and times share memory with the batches;
 * so does text. Times are `Timestamp<NANOSECOND, UTC>`. Bytes of a text that are not UTF-8 become U+FFFD.
 * @typeParam Table the class of that name of apache-arrow
 * @throws UsageError, PackageMissingError; as the iteration over the rows does
 */
export async function toArrow<Table = unknown>(
  rows: RowBatches | AnswerTable,
  options: ArrowOptions = {},
): Promise<Table> {
  checked('toArrow', 'rows', rows, rowsOrTable);
  const arrow = checked('toArrow', 'options', options, arrowOptions).arrow ?? (await arrowPackage());
  try {
    return (await tableOf(arrow, rows)) as Table;
  } catch (cause) {
    if (cause instanceof PlughostError) throw cause;
    throw new UsageError(`toArrow: apache-arrow: ${messageOf(cause)}`, {
      cause,
      hint: 'apache-arrow from version 18 on is needed',
    });
  }
}

async function tableOf(arrow: Arrow, rows: RowBatches | AnswerTable): Promise<object> {
  const schema = new arrow.Schema(
    rows.columns.map(({ name, type }) => new arrow.Field(name, typeOf(arrow, type), true)),
  );
  const batches: object[] = [];
  for await (const batch of 'batches' in rows ? rows.batches : rows) {
    const children = batch.columns.map((column, index) => dataOf(arrow, column, batch, index));
    const data = arrow.makeData({
      type: new arrow.Struct(schema.fields),
      length: batch.length,
      nullCount: 0,
      children,
    });
    batches.push(new arrow.RecordBatch(schema, data));
  }
  return new arrow.Table(schema, batches);
}

const rowsOrTable: Check<RowBatches | AnswerTable> = (value, argument) => {
  // A proxy may throw when it is asked for its class.
  if (!types.isProxy(value) && (value instanceof RowBatches || value instanceof AnswerTable)) return value;
  const hint = isObject(value) && Array.isArray(value.tables) ? 'write: toArrow(answers.tables[0])' : undefined;
  throw argument.wrong('what rows() returned, or a table of aggregate()', value, hint);
};

/** The classes and functions that are used. */
const PARTS = [
  'Field',
  'Schema',
  'Struct',
  'RecordBatch',
  'Table',
  'TimestampNanosecond',
  'Utf8',
  'Int64',
  'Float64',
  'Bool',
  'makeData',
] as const satisfies readonly (keyof Arrow)[];

const arrowOptions = objectOf<ArrowOptions, { arrow?: Arrow | undefined }>('options', {
  arrow: optional((value, argument) => {
    // A module is an object of its own kind.
    const given = typeof value === 'object' && value !== null ? (value as Arrow) : undefined;
    const parts = Object.fromEntries(PARTS.map((name) => [name, given?.[name]]));
    if (Object.values(parts).every((part) => typeof part === 'function')) return parts as unknown as Arrow;
    throw argument.wrong('the package apache-arrow', value, "write: { arrow: require('apache-arrow') }");
  }) as Check<Arrow>,
});

/** The name stands in a constant, so that TypeScript does not look for a package that may not be there. */
const PACKAGE: string = 'apache-arrow';

async function arrowPackage(): Promise<Arrow> {
  try {
    return (await import(PACKAGE)) as Arrow;
  } catch (cause) {
    throw new PackageMissingError('toArrow', [PACKAGE], { cause });
  }
}

function typeOf(arrow: Arrow, type: ColumnType): object {
  switch (type) {
    case 'integer':
      return new arrow.Int64();
    case 'real':
      return new arrow.Float64();
    case 'boolean':
      return new arrow.Bool();
    case 'time':
      return new arrow.TimestampNanosecond('UTC');
    default:
      return new arrow.Utf8();
  }
}

function dataOf(arrow: Arrow, { type }: Column, batch: RowBatch, index: number): object {
  const column = batch.values(index);
  const { valid: nullBitmap, values } = column;
  const length = batch.length;
  const common = { type: typeOf(arrow, type), length, nullBitmap, nullCount: length - bitsOf(nullBitmap) };
  if (column.type === 'text') return arrow.makeData({ ...common, ...textsOf(column, batch) });
  if (column.type !== 'boolean') return arrow.makeData({ ...common, data: values });
  const data = new Uint8Array(Math.ceil(length / 8));
  for (let row = 0; row < length; row++)
    if (column.values[row]) data[row >> 3] = (data[row >> 3] ?? 0) | (1 << (row & 7));
  return arrow.makeData({ ...common, data });
}

function bitsOf(bytes: Uint8Array): number {
  let count = 0;
  for (let byte of bytes) for (; byte; byte &= byte - 1) count++;
  return count;
}

/** Returns the bytes of the texts of a column, and where each begins. In a batch they follow each other. */
function textsOf(
  { values }: Extract<ColumnValues, { type: 'text' }>,
  { bytes, length }: RowBatch,
): { valueOffsets: Int32Array; data: Uint8Array } {
  const valueOffsets = new Int32Array(length + 1);
  let begin: number | undefined;
  for (let row = 0; row < length; row++) {
    const size = values[2 * row + 1] ?? 0;
    if (size > 0) begin ??= values[2 * row] ?? 0;
    valueOffsets[row + 1] = (valueOffsets[row] ?? 0) + size;
  }
  const from = begin ?? 0;
  const data = bytes.subarray(from, from + (valueOffsets[length] ?? 0));
  // A text that begins inside a character is not UTF-8, although all of them together are.
  const isWhole = valueOffsets.every((at) => at === data.length || ((data[at] ?? 0) & 0xc0) !== 0x80);
  if (isWhole && isUtf8(data)) return { valueOffsets, data };
  const parts: Buffer[] = [];
  let end = 0;
  for (let row = 0; row < length; row++) {
    const part = Buffer.from(data.subarray(valueOffsets[row], valueOffsets[row + 1]).toString());
    parts.push(part);
    valueOffsets[row] = end;
    end += part.length;
  }
  valueOffsets[length] = end;
  return { valueOffsets, data: Buffer.concat(parts) };
}
