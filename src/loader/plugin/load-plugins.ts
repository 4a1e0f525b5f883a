import { join } from 'node:path';
import { checked } from '../../arguments/argument.js';
import { type Path, path } from '../../arguments/paths.js';
import { NoPluginsError, PlughostError } from '../../errors/index.js';
import { filesOf } from '../folder-files.js';
import { isAdapter } from '../forms/adapter.js';
import { formInFolder } from '../forms/forms.js';
import { LIBRARY_SUFFIX } from '../library/library-suffix.js';
import { type LoadOptions, loadOptions } from './load-options.js';
import { loadChecked } from './load-plugin.js';
import type { Plugin } from './plugin.js';

/** A plugin that could not be loaded, and the error. */
export interface LoadFailure {
  path: string;
  error: PlughostError;
}

/**
 * Returns the paths of the plugins in a directory, in the order of their file names: of its libraries, except adapters, of
 * its rules and of its scripts.
 * @throws InputError when it cannot be read; NoPluginsError when it holds none
 */
export function pluginsOf(directory: string): string[] {
  const paths = filesOf(directory)
    .sort()
    .map((name) => join(directory, name));
  const plugins = paths.filter((path) => (path.endsWith(LIBRARY_SUFFIX) ? !isAdapter(path) : formInFolder(path)));
  if (plugins.length === 0) throw new NoPluginsError(directory, LIBRARY_SUFFIX);
  return plugins;
}

/**
 * Loads every plugin of a directory, in name order and with the same options. Continues after a failure.
 * @throws InputError when the directory cannot be read; NoPluginsError when it holds none; UsageError
 */
export function loadPlugins(
  directory: Path,
  options: LoadOptions = {},
): { plugins: Plugin[]; failures: LoadFailure[] } {
  const plugins: Plugin[] = [];
  const failures: LoadFailure[] = [];
  const folder = checked('loadPlugins', 'directory', directory, path);
  const by = checked('loadPlugins', 'options', options, loadOptions);
  for (const path of pluginsOf(folder)) {
    try {
      plugins.push(loadChecked(path, by));
    } catch (error) {
      if (!(error instanceof PlughostError)) throw error;
      failures.push({ path, error });
    }
  }
  return { plugins, failures };
}
