import { COLUMN_TYPES, type ColumnType } from '../rows/column-type.js';
import type { HeaderSection, StateHeader } from './header.js';

type Tree = Record<string, unknown>;

/** A header may come from anybody: these limits are far above what a command line can say. */
const MAX_PARTS = 1000;

/** Returns the header that a text holds, or undefined if it holds none. */
export function readHeader(text: string): StateHeader | undefined {
  try {
    const header: unknown = JSON.parse(text);
    return isHeader(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown, isItem: (item: unknown) => boolean): value is unknown[] =>
  Array.isArray(value) && value.length <= MAX_PARTS && value.every(isItem);
const isText = (value: unknown): value is string => typeof value === 'string';
const isType = (value: unknown) => value !== 'any' && COLUMN_TYPES.includes(value as ColumnType);
const isPlugin = (value: unknown): value is Tree => isTree(value) && isText(value.id) && isTree(value.config);
const isColumn = (value: unknown) => isTree(value) && isText(value.name) && isType(value.type);

const isAggregator = (value: unknown) =>
  isPlugin(value) &&
  Number.isSafeInteger(value.revision) &&
  isList(value.outputs, isColumn) &&
  value.outputs.length > 0;

const isSection = (value: unknown): value is HeaderSection =>
  isTree(value) &&
  isList(value.by, (key) => isColumn(key) && isText((key as Tree).text)) &&
  isList(value.aggregators, isAggregator) &&
  value.aggregators.length > 0;

function isHeader(value: unknown): value is StateHeader {
  if (!isTree(value) || !isTree(value.lines) || !isTree(value.rows)) return false;
  const { parser, filters, unparsed } = value.rows;
  return (
    isText(value.tz) &&
    isText(unparsed) &&
    isPlugin(parser) &&
    isList(filters, isPlugin) &&
    isList(value.stages, isTree) &&
    isList(value.sections, isSection) &&
    value.sections.length > 0
  );
}
