import { existsSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { buildFolder } from '../../addon.js';
import { PluginNotFoundError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { nearest } from '../../text/nearest.js';
import { pluginFile, pluginNames } from '../discover.js';

/** The plugins that come with the host. */
export const BUILT_IN = join(buildFolder, 'plugins');

/** Where plugins are looked for: the given folders, those of HOST_PLUGIN_PATH, and that of the built-in ones. */
export function searchPath(folders: readonly string[]): string[] {
  return [...folders, ...(process.env.HOST_PLUGIN_PATH ?? '').split(delimiter).filter(Boolean), BUILT_IN];
}

/**
 * The library of a plugin: a value with a path separator is a path; a name is looked for as `lib<name>.so` on the search
 * path.
 * @throws PluginNotFoundError with where it was looked for and names that are near
 */
export function findPlugin(name: string, folders: readonly string[]): string {
  if (name.includes('/') || name.includes(sep)) return name;
  const searched = searchPath(folders);
  const found = searched.map((folder) => join(folder, pluginFile(name))).find((path) => existsSync(systemPath(path)));
  if (found) return found;
  throw new PluginNotFoundError(name, searched, nearest(name, searched.flatMap(pluginNames)));
}
