import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, NoPluginsError, PlughostError, reasonOf } from '../errors.js';
import { type LoadOptions, loadPlugin } from './load-plugin.js';
import type { Plugin } from './plugin.js';

/** Where the libraries of this platform end: `.so`, `.dylib`, `.dll`. */
export const LIBRARY_SUFFIX: string =
  process.platform === 'win32' ? '.dll' : process.platform === 'darwin' ? '.dylib' : '.so';

/** A library that could not be loaded, and why. */
export interface LoadFailure {
  path: string;
  error: PlughostError;
}

/**
 * The paths of the libraries in a directory, in name order.
 * @throws InputError when it cannot be read; NoPluginsError when it holds no library
 */
export function librariesOf(directory: string): string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw new InputError(directory, 'read the directory', reasonOf(cause), { cause });
  }
  const libraries = names.filter((name) => name.endsWith(LIBRARY_SUFFIX)).sort();
  if (libraries.length === 0) throw new NoPluginsError(directory, LIBRARY_SUFFIX);
  return libraries.map((name) => join(directory, name));
}

/**
 * Loads every library of a directory, in name order and each with the same options, and goes on after a failure.
 * @throws InputError when the directory cannot be read; NoPluginsError when it holds no library
 */
export function loadPlugins(
  directory: string,
  options: LoadOptions = {},
): { plugins: Plugin[]; failures: LoadFailure[] } {
  const plugins: Plugin[] = [];
  const failures: LoadFailure[] = [];
  for (const path of librariesOf(directory)) {
    try {
      plugins.push(loadPlugin(path, options));
    } catch (error) {
      if (!(error instanceof PlughostError)) throw error;
      failures.push({ path, error });
    }
  }
  return { plugins, failures };
}
