import type { Plugin } from '../../loader/plugin/plugin.js';
import { describeRows } from './describe.js';

/** A column, and what it is to the plugin. */
export interface ColumnOfPlugin {
  /** `gives`: a parser always has it. `wants`: a row filter or an aggregator reads it. `answers`: an aggregator makes it. */
  of: 'gives' | 'wants' | 'answers';
  /** `*` for a parser that has columns of any name. */
  name: string;
  type: string;
}

/** Returns the columns of all kinds that a plugin is of. @throws as `describeRows` does */
export function columnsOf(plugin: Plugin): ColumnOfPlugin[] {
  const found: ColumnOfPlugin[] = [];
  for (const kind of ['parser', 'row_filter', 'aggregator'] as const) {
    if (!plugin[kind]) continue;
    const { columns, open, outputs } = describeRows(plugin, kind);
    const of = kind === 'parser' ? 'gives' : 'wants';
    found.push(...columns.map((column) => ({ of, ...column }) as const));
    if (open) found.push({ of, name: '*', type: 'as its reader asks' });
    found.push(...outputs.map((column) => ({ of: 'answers', ...column }) as const));
  }
  return found;
}
