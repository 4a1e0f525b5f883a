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

/** The suffixes of libraries of every system, because `inspect` reads them all, and versions after `.so`. */
const SUFFIX = /\.(so(\.\d+)*|dylib|dll)$/;

/** Returns whether a text is the name of a plugin. Text with a path separator or the suffix of a library is a path. */
export function isPluginName(text: string): boolean {
  return text !== '' && !text.includes('/') && !text.includes(sep) && !SUFFIX.test(text);
}

/**
 * Returns the path of a plugin. A text that is a path stays as it is. A name is searched for as `lib<name>.so`, and never
 * means a file of the working folder.
 * @throws PluginNotFoundError with the folders that were searched and similar names
 */
export function findPlugin(text: string, folders: readonly string[]): string {
  if (!isPluginName(text)) return text;
  const searched = searchPath(folders);
  const found = searched.map((folder) => join(folder, pluginFile(text))).find((path) => existsSync(systemPath(path)));
  if (found) return found;
  const isFile = existsSync(systemPath(text));
  throw new PluginNotFoundError(text, searched, nearest(text, new Set(searched.flatMap(pluginNames))), isFile);
}
