/** The type of a column; `any`: whatever the parser gives. */
export type ColumnType = 'any' | 'text' | 'integer' | 'real' | 'time' | 'boolean';

/** The types of columns, in the order of their numbers in native/include/plughost/columns.h. */
export const COLUMN_TYPES = [
  'any',
  'text',
  'integer',
  'real',
  'time',
  'boolean',
] as const satisfies readonly ColumnType[];

/** A column by name and type. */
export interface Column {
  name: string;
  type: ColumnType;
}

export const numberOf = (type: ColumnType): number => COLUMN_TYPES.indexOf(type);
