import type { Column } from '../rows/column-type.js';

/** A plugin with its options. No version: states of all versions with the same revision merge. */
export interface HeaderPlugin {
  id: string;
  config: unknown;
}

/** The groups of one list of keys. */
export interface HeaderSection {
  /** The keys: `text` is as it was given, with its step, and `type` that of its values. */
  by: { name: string; text: string; type: Column['type'] }[];
  aggregators: (HeaderPlugin & { revision: number; outputs: Column[] })[];
}

/** What the states of a file are of. Files with the same header can be merged. */
export interface StateHeader {
  /** How lines are read. */
  lines: { crlf: boolean; longLines: string; maxLine: number | null };
  /** How they become rows. */
  rows: { parser: HeaderPlugin; unparsed: string; filters: (HeaderPlugin & { invert: boolean })[] };
  sections: HeaderSection[];
  /** What lines pass before that. */
  stages: unknown[];
  /** The time zone of steps of times. */
  tz: string;
}

/** Returns the text of a value as JSON with sorted keys and without spaces: equal values have the same text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  const sorted = fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join()}}`;
}

const idFirst = (a: string, b: string): number => Number(b === 'id') - Number(a === 'id') || (a < b ? -1 : 1);

/** Returns where two headers differ first, as a path and the two values; undefined if they do not. */
export function firstDifference(one: unknown, other: unknown, path = ''): string | undefined {
  if (canonicalJson(one ?? null) === canonicalJson(other ?? null)) return undefined;
  const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (isTree(one) && isTree(other)) {
    // Another plugin is more of a reason than its options.
    const keys = [...new Set(['id', ...Object.keys(one), ...Object.keys(other)].sort(idFirst))];
    for (const key of keys) {
      const found = firstDifference(one[key], other[key], path === '' ? key : `${path}.${key}`);
      if (found) return found;
    }
  }
  return `${path} is ${canonicalJson(other ?? null)} and not ${canonicalJson(one ?? null)}`;
}
