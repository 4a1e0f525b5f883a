import { isBuiltin } from '../loader/builtin/builtin-library.js';
import { describedFormOf } from '../loader/forms/described.js';
import { pluginsOf } from '../loader/plugin/load-plugins.js';
import { findPlugin } from '../loader/plugin/plugin-path.js';
import { fileStatusOf } from '../pipeline/file-status.js';

/**
 * Returns the paths of the plugins that an operand stands for: of the plugin of that name, of that file, or of all plugins
 * of that directory.
 * @throws PluginNotFoundError; InputError, NoPluginsError for a directory
 */
export function pluginsNamed(operand: string, folders: readonly string[]): string[] {
  const path = findPlugin(operand, folders);
  return !isBuiltin(path) && !describedFormOf(path) && fileStatusOf(path)?.isDirectory() ? pluginsOf(path) : [path];
}
