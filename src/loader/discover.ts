import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '../contract/manifest.js';
import { PlughostError } from '../errors.js';
import { inspect } from '../inspect/inspect.js';
import { judgeLibrary, judgePlugin, refusePanicAbort } from './judge.js';
import { LIBRARY_SUFFIX } from './load-plugins.js';
import { findOwnLibraries } from './needed-files.js';

/** A library that was found on a search path. */
export interface Discovered {
  /** What it is asked for by: its file's name without `lib` and suffix. */
  name: string;
  path: string;
  manifest: Manifest | undefined;
  /** The path of one of that name that was found before, and is the one that is used. */
  shadowedBy: string | undefined;
  /** Why it cannot be loaded. */
  error: PlughostError | undefined;
}

/**
 * Looks for plugins in folders, of which the first wins, in name order within each. Reads files and runs nothing;
 * folders that are not there hold nothing, and libraries that are no plugins are passed over.
 */
export function discover(folders: readonly string[]): Discovered[] {
  const first = new Map<string, string>();
  const found: Discovered[] = [];
  for (const folder of new Set(folders)) {
    for (const name of pluginNames(folder)) {
      const path = join(folder, pluginFile(name));
      const judged = judge(path);
      if (!judged) continue;
      found.push({ name, path, shadowedBy: first.get(name), ...judged });
      if (!first.has(name) && !judged.error) first.set(name, path);
    }
  }
  return found;
}

/** The file that a plugin is looked for in. */
export function pluginFile(name: string): string {
  return `lib${name}${LIBRARY_SUFFIX}`;
}

/** The names that a folder has files for, in order; none when it cannot be read. */
export function pluginNames(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => file.startsWith('lib') && file.endsWith(LIBRARY_SUFFIX))
      .map((file) => file.slice('lib'.length, -LIBRARY_SUFFIX.length))
      .sort();
  } catch {
    return [];
  }
}

/** Nothing for a library that does not even mean to be a plugin. */
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
