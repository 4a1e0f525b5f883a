import { existsSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { furtherPackage, installCommand } from '../../addon/location/further-package.js';
import { buildFolder } from '../../addon.js';
import { AmbiguousPluginError, PluginNotFoundError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { nearest } from '../../text/nearest.js';
import { BUILTIN, builtinNames, isBuiltin } from '../builtin/builtin-library.js';
import { filesIfThere } from '../folder-files.js';
import { isAdapter } from '../forms/adapter.js';
import { describedFormOf } from '../forms/described.js';
import { FORMS, formInFolder, LIBRARY_NAME } from '../forms/forms.js';
import { libraryFile } from '../library/library-suffix.js';
import { pluginFiles, pluginName } from '../plugin-name.js';

/** The folder of the plugins that come with the host. */
export const BUILT_IN = join(buildFolder, 'plugins');

/** Returns the folders to search: the given ones, those of HOST_PLUGIN_PATH, and the built-in plugins. */
export function searchPath(folders: readonly string[]): string[] {
  return [...firstFolders(folders), ...furtherFolders()];
}

const firstFolders = (folders: readonly string[]): string[] => [
  ...folders,
  ...(process.env.HOST_PLUGIN_PATH ?? '').split(delimiter).filter(Boolean),
  BUILT_IN,
];

/** Returns the folder of the plugins that are in the second package. Finding a package takes longer than all other folders. */
function furtherFolders(): string[] {
  const folder = furtherPackage()?.folder;
  return folder === undefined ? [] : [join(folder, 'plugins')];
}

const isNameOfFile = (text: string) =>
  LIBRARY_NAME.test(text) || FORMS.some(({ suffixes }) => suffixes.some((suffix) => text.endsWith(suffix)));

/**
 * Returns whether a text is the name of a plugin. Text with a path separator or the suffix of a plugin's file is a path,
 * unless it begins with `builtin:`, `grpc:`, `http:` or `http+unix:`.
 */
export function isPluginName(text: string): boolean {
  if (isBuiltin(text) || describedFormOf(text)) return true;
  return text !== '' && !text.includes('/') && !text.includes(sep) && !isNameOfFile(text);
}

/**
 * Returns the path of a plugin, or `builtin:<name>` for one that is linked into the host. A text that is a path stays as it
 * is. A name is searched for as `lib<name>.so`, `<name>.rules.json`, `<name>.js` and so on, then among the plugins that are
 * linked into the host, and never means a file of the working folder.
 * @throws PluginNotFoundError with the folders that were searched and similar names; AmbiguousPluginError when a folder
 * has the name in several forms
 */
export function findPlugin(text: string, folders: readonly string[]): string {
  if (!isPluginName(text) || describedFormOf(text)) return text;
  if (isBuiltin(text)) return knownBuiltin(text);
  const first = firstFolders(folders);
  const found = findIn(text, first) ?? findIn(text, furtherFolders());
  if (found !== undefined) return found;
  const linked = builtinNames();
  if (linked.includes(text)) return BUILTIN + text;
  const searched = [...first, ...furtherFolders()];
  const looked = linked.length > 0 ? [...searched, BUILTIN] : searched;
  const isFile = existsSync(systemPath(text));
  const further = furtherPackage();
  if (further?.folder === undefined && further?.plugins.includes(text))
    throw new PluginNotFoundError(text, looked, [], isFile, `install it with: ${installCommand(further)}`);
  const near = nearest(text, new Set([...searched.flatMap(namesIn), ...linked]));
  throw new PluginNotFoundError(text, looked, near, isFile);
}

/** Returns the path of the plugin of a name in the first folder that has it. @throws AmbiguousPluginError */
function findIn(name: string, folders: readonly string[]): string | undefined {
  for (const folder of folders) {
    const [found, ...others] = pluginFiles(name)
      .map((file) => join(folder, file))
      .filter((path, i) => existsSync(systemPath(path)) && (i === 0 || formInFolder(path)));
    if (found !== undefined && others.length > 0) throw new AmbiguousPluginError(name, [found, ...others]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the source of a plugin that is linked into the host. @throws PluginNotFoundError */
function knownBuiltin(source: string): string {
  const linked = builtinNames().map((name) => BUILTIN + name);
  if (linked.includes(source)) return source;
  const otherwise = linked.length > 0 ? `there are ${linked.join(', ')}` : 'none is linked in: see docs/install.md';
  throw new PluginNotFoundError(source, ['plughost itself'], nearest(source, linked), false, otherwise);
}

/** Returns the names of the plugins in a folder, as its files are named; none when it cannot be read. */
function namesIn(folder: string): string[] {
  return filesIfThere(folder).flatMap((file) => {
    const name = pluginName(file);
    const path = join(folder, file);
    const isOne = name !== undefined && (file === libraryFile(name) ? !isAdapter(path) : formInFolder(path));
    return isOne ? [name] : [];
  });
}
