import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Check, checked } from '../arguments/argument.js';
import { listOf } from '../arguments/checks.js';
import { type Path, path as pathCheck } from '../arguments/paths.js';
import type { Manifest } from '../contract/manifest.js';
import { InputError, PlughostError, reasonOf } from '../errors/index.js';
import { nameOf, systemPath } from '../files/file-name.js';
import { inspect } from '../inspect/inspect.js';
import { judgeLibrary, judgePlugin, refusePanicAbort } from './library/judge.js';
import { LIBRARY_SUFFIX } from './library/library-suffix.js';
import { findOwnLibraries } from './library/needed-files.js';

/** A plugin that was found on a search path. */
export interface Discovered {
  /** The file's name without `lib` and suffix, by which users name the plugin. */
  name: string;
  path: string;
  manifest: Manifest | undefined;
  /** The path of an earlier plugin of that name, which is used instead. */
  shadowedBy: string | undefined;
  /** Why it cannot be loaded. */
  error: PlughostError | undefined;
}

/** Folders in which plugins are looked for; a single folder needs no list. */
const foldersCheck: Check<string[]> = (value, argument) =>
  typeof value === 'string' || value instanceof URL
    ? [pathCheck(value, argument)]
    : listOf('folders', pathCheck)(value, argument);

/**
 * Finds the plugins in one or several folders, in name order within each. A plugin of an earlier folder shadows those
 * of the same name. Reads files, runs no code, and skips libraries that are not plugins.
 * @throws InputError when a folder cannot be read; UsageError
 */
export function discover(folders: Path | readonly Path[]): Discovered[] {
  return discoverIn(checked('discover', 'folders', folders, foldersCheck), filesOf);
}

/** As `discover`, for the search path of the command, where a missing folder counts as empty. */
export function discoverIn(folders: readonly string[], read = filesIfThere): Discovered[] {
  const first = new Map<string, string>();
  const found: Discovered[] = [];
  for (const folder of new Set(folders)) {
    for (const name of namesAmong(read(folder))) {
      const path = join(folder, pluginFile(name));
      const judged = judge(path);
      if (!judged) continue;
      found.push({ name, path, shadowedBy: first.get(name), ...judged });
      if (!first.has(name) && !judged.error) first.set(name, path);
    }
  }
  return found;
}

/** Returns the file name of a plugin. */
export function pluginFile(name: string): string {
  return `lib${name}${LIBRARY_SUFFIX}`;
}

/** Returns the names of the plugin files in a folder, in order; none when the folder cannot be read. */
export const pluginNames = (folder: string): string[] => namesAmong(filesIfThere(folder));

const namesAmong = (files: readonly string[]) =>
  files
    .filter((file) => file.startsWith('lib') && file.endsWith(LIBRARY_SUFFIX))
    .map((file) => file.slice('lib'.length, -LIBRARY_SUFFIX.length))
    .sort();

function filesIfThere(folder: string): string[] {
  try {
    return readdirSync(systemPath(folder), 'buffer').map(nameOf);
  } catch {
    return [];
  }
}

function filesOf(folder: string): string[] {
  try {
    return readdirSync(systemPath(folder), 'buffer').map(nameOf);
  } catch (cause) {
    throw new InputError(folder, 'read the directory', reasonOf(cause), { cause });
  }
}

/** Judges a plugin; returns undefined for a library that has neither a manifest nor NewPlugin. */
function judge(path: string): Pick<Discovered, 'manifest' | 'error'> | undefined {
  let manifest: Manifest | undefined;
  try {
    const inspection = inspect(path);
    if (!inspection.manifest && !inspection.symbols.some(({ name }) => name === 'NewPlugin')) return undefined;
    manifest = judgeLibrary(path, inspection, findOwnLibraries(path, inspection));
    refusePanicAbort(path, manifest);
    judgePlugin(path, inspection);
    return { manifest, error: undefined };
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    return { manifest, error };
  }
}
