import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { buildFolder } from '../addon.js';
import { PluginNotFoundError } from '../errors.js';
import { LIBRARY_SUFFIX } from '../loader/load-plugins.js';
import { nearest } from '../loader/nearest.js';

/** The plugins that come with the host. */
export const BUILT_IN = join(buildFolder, 'plugins');

/**
 * The library of a plugin: a value with a path separator is a path; a name is looked for as `lib<name>.so` in the given
 * folders, in those of HOST_PLUGIN_PATH, and among the built-in plugins.
 * @throws PluginNotFoundError with where it was looked for and names that are near
 */
export function findPlugin(name: string, folders: readonly string[]): string {
  if (name.includes('/') || name.includes(sep)) return name;
  const searched = [...folders, ...(process.env.HOST_PLUGIN_PATH ?? '').split(delimiter).filter(Boolean), BUILT_IN];
  const found = searched.map((folder) => join(folder, `lib${name}${LIBRARY_SUFFIX}`)).find((path) => existsSync(path));
  if (found) return found;
  throw new PluginNotFoundError(name, searched, nearest(name, searched.flatMap(namesIn)));
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.startsWith('lib') && file.endsWith(LIBRARY_SUFFIX))
      .map((file) => file.slice(3, -LIBRARY_SUFFIX.length));
  } catch {
    return [];
  }
}
