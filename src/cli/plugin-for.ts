import { existsSync } from 'node:fs';
import type { Kind } from '../contract/kinds.js';
import { CapabilityError, ConfigError, PlughostError, PluginNotFoundError, UsageError } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';
import type { Plugin } from '../loader/plugin/plugin.js';
import { findPlugin, searchPath } from '../loader/plugin/plugin-path.js';
import { kindsAt, pluginsOfKinds } from '../loader/plugin/plugins-of-kinds.js';
import { nearest } from '../text/nearest.js';
import { cleaned } from '../text/printable.js';
import type { NamedPlugin } from './flags/plan.js';

/** What a command line names a plugin for: the flag without its dashes. */
export type Use = 'filter' | 'transform' | 'parse' | 'aggregate' | 'export';

/** The kinds of plugins that each flag takes. Messages name the first of them. */
const KINDS_FOR: Readonly<Record<Use, readonly [Kind, ...Kind[]]>> = {
  filter: ['filter', 'row_filter'],
  transform: ['transform'],
  parse: ['parser'],
  aggregate: ['aggregator'],
  export: ['exporter'],
};

/** What --where takes: a name, then an operator. */
const CONDITION = /^\s*(?:not\s+)?(?:has\s*\(|(?:[\w.@$-]+|`[^`]+`)\s*(?:[=<>~]|![=~]|in\s*\(|not\s+in\b))/;

/**
 * Loads the plugin that a flag names. If there is none, or one of another kind, the error names those that there are.
 * @param load loads the plugin with this path
 * @throws UsageError for a condition that should be one of --where; what `load` throws
 */
export function loadFor(
  use: Use,
  { name }: NamedPlugin,
  folders: readonly string[],
  load: (path: string) => Plugin,
): Plugin {
  const kinds = KINDS_FOR[use];
  let path: string | undefined;
  try {
    path = findPlugin(name, folders);
    const plugin = load(path);
    // Throws the error of a plugin that has none of the kinds.
    if (!kinds.some((kind) => plugin[kind])) plugin.stage(kinds[0]);
    return plugin;
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    if (use === 'filter' && CONDITION.test(name) && !existsSync(systemPath(name))) {
      throw new UsageError(`run: --filter ${name}: it is a condition, and no plugin`, {
        cause: error,
        hint: `write: --parse PARSER --where '${name}'`,
      });
    }
    throw withOthers(error, use, name, path, searchPath(folders));
  }
}

function withOthers(
  error: PlughostError,
  use: Use,
  name: string,
  path: string | undefined,
  folders: readonly string[],
): PlughostError {
  const kinds = KINDS_FOR[use];
  const others = () => `${kinds[0]}s are ${pluginsOfKinds(folders, kinds).join(', ') || 'not installed'}`;
  if (error instanceof PluginNotFoundError && error.isUnknown) {
    const [near] = nearest(name, pluginsOfKinds(folders, kinds));
    const guess = near === undefined ? '' : `did you mean ${near}? `;
    return withHint(error, `${guess}${others()}; for one of your own, give a path (./libname.so) or --plugin-dir DIR`);
  }
  if (error instanceof CapabilityError) return withHint(error, `${error.hint}; ${others()}`);
  // The options are read first. Those of a plugin of another kind do not matter.
  const offered = error instanceof ConfigError && path !== undefined ? kindsAt(folders, path) : [];
  if (offered.length === 0 || offered.some((kind) => kinds.includes(kind))) return error;
  const capability = new CapabilityError(name, kinds[0], offered);
  return withHint(capability, `${capability.hint}; ${others()}`);
}

const withHint = (error: PlughostError, hint: string): PlughostError => Object.assign(error, { hint: cleaned(hint) });
