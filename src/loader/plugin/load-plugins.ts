import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { checked } from '../../arguments/argument.js';
import { type Path, path } from '../../arguments/paths.js';
import { InputError, NoPluginsError, PlughostError, reasonOf } from '../../errors/index.js';
import { nameOf, systemPath } from '../../files/file-name.js';
import { LIBRARY_SUFFIX } from '../library/library-suffix.js';
import { type LoadOptions, loadOptions } from './load-options.js';
import { loadChecked } from './load-plugin.js';
import type { Plugin } from './plugin.js';

/** A library that could not be loaded, and the error. */
export interface LoadFailure {
  path: string;
  error: PlughostError;
}

/**
 * Returns the paths of the libraries in a directory, in name order.
 * @throws InputError when it cannot be read; NoPluginsError when it holds no library
 */
export function librariesOf(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(systemPath(directory), 'buffer').map(nameOf);
  } catch (cause) {
    throw new InputError(directory, 'read the directory', reasonOf(cause), { cause });
  }
  const libraries = names.filter((name) => name.endsWith(LIBRARY_SUFFIX)).sort();
  if (libraries.length === 0) throw new NoPluginsError(directory, LIBRARY_SUFFIX);
  return libraries.map((name) => join(directory, name));
}

/**
 * Loads every library of a directory, in name order and with the same options. Continues after a failure.
 * @throws InputError when the directory cannot be read; NoPluginsError when it holds no library; UsageError
 */
export function loadPlugins(
  directory: Path,
  options: LoadOptions = {},
): { plugins: Plugin[]; failures: LoadFailure[] } {
  const plugins: Plugin[] = [];
  const failures: LoadFailure[] = [];
  const folder = checked('loadPlugins', 'directory', directory, path);
  const by = checked('loadPlugins', 'options', options, loadOptions);
  for (const path of librariesOf(folder)) {
    try {
      plugins.push(loadChecked(path, by));
    } catch (error) {
      if (!(error instanceof PlughostError)) throw error;
      failures.push({ path, error });
    }
  }
  return { plugins, failures };
}
