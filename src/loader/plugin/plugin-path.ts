import { existsSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { buildFolder } from '../../addon.js';
import { PluginNotFoundError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { nearest } from '../../text/nearest.js';
import { pluginFile, pluginNames } from '../discover.js';

/** The folder of the plugins that come with the host. */
export const BUILT_IN = join(buildFolder, 'plugins');

/** Returns the folders to search: the given ones, those of HOST_PLUGIN_PATH, and the built-in plugins. */
export function searchPath(folders: readonly string[]): string[] {
  return [...folders, ...(process.env.HOST_PLUGIN_PATH ?? '').split(delimiter).filter(Boolean), BUILT_IN];
}

/**
 * Returns the path of a plugin. A text with a path separator is a path already; a name is searched for as
 * `lib<name>.so`.
 * @throws PluginNotFoundError with the folders that were searched and similar names
 */
export function findPlugin(name: string, folders: readonly string[]): string {
  if (name.includes('/') || name.includes(sep)) return name;
  const searched = searchPath(folders);
  const found = searched.map((folder) => join(folder, pluginFile(name))).find((path) => existsSync(systemPath(path)));
  if (found) return found;
  throw new PluginNotFoundError(name, searched, nearest(name, searched.flatMap(pluginNames)));
}
