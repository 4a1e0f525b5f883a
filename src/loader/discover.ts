import { join } from 'node:path';
import { type Check, checked } from '../arguments/argument.js';
import { listOf } from '../arguments/checks.js';
import { type Path, path as pathCheck } from '../arguments/paths.js';
import type { Manifest } from '../contract/manifest.js';
import { PlughostError } from '../errors/index.js';
import { inspect } from '../inspect/inspect.js';
import { BUILTIN, builtinNames, findBuiltin } from './builtin/builtin-library.js';
import { filesIfThere, filesOf } from './folder-files.js';
import type { FormName } from './forms/form.js';
import { formInFolder } from './forms/forms.js';
import { judgeLibrary, judgePlugin, refusePanicAbort } from './library/judge.js';
import { LIBRARY_SUFFIX } from './library/library-suffix.js';
import { findOwnLibraries } from './library/needed-files.js';
import { realpath } from './library/realpath.js';
import { pluginName } from './plugin-name.js';

/** A plugin that was found on a search path. */
export interface Discovered {
  /** The file's name without what marks its form (`libslow.so`, `slow.rules.json`), by which users name the plugin. */
  name: string;
  form: FormName;
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
    for (const { name, path } of filesAmong(folder, read(folder))) {
      const judged = judge(path);
      if (!judged) continue;
      found.push({ name, path, shadowedBy: first.get(name), ...judged });
      if (!first.has(name) && !judged.error) first.set(name, path);
    }
  }
  return found;
}

/** As `discoverIn`, with the plugins that are linked into the host, which those of the folders shadow. */
export function discoverNamed(folders: readonly string[]): Discovered[] {
  const found = discoverIn(folders);
  return [
    ...found,
    ...builtins().map((builtin) => ({
      ...builtin,
      shadowedBy: found.find(({ name, error }) => name === builtin.name && !error)?.path,
    })),
  ];
}

/** Returns the plugins that are linked into the host, except adapters. */
function builtins(): Omit<Discovered, 'shadowedBy'>[] {
  return builtinNames().flatMap((name): Omit<Discovered, 'shadowedBy'>[] => {
    const path = BUILTIN + name;
    try {
      const manifest = findBuiltin(path)?.manifest;
      return manifest?.adapter === undefined ? [{ name, form: 'builtin', path, manifest, error: undefined }] : [];
    } catch (error) {
      if (!(error instanceof PlughostError)) throw error;
      return [{ name, form: 'builtin', path, manifest: undefined, error }];
    }
  });
}

/** Returns the files that may be plugins, in the order of their names. Does not look into them. */
function filesAmong(folder: string, files: readonly string[]): { name: string; path: string }[] {
  return files
    .flatMap((file) => {
      const name = pluginName(file);
      return name === undefined ? [] : [{ name, path: join(folder, file) }];
    })
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.path < b.path ? -1 : 1));
}

/** Judges a plugin. Returns undefined for what is no plugin by itself: another library, an adapter, another file. */
function judge(path: string): Pick<Discovered, 'form' | 'manifest' | 'error'> | undefined {
  const form = formInFolder(path);
  if (!form && !path.endsWith(LIBRARY_SUFFIX)) return undefined;
  let manifest: Manifest | undefined;
  try {
    if (form) return { form: form.name, manifest: form.examine(realpath(path), () => {}).manifest, error: undefined };
    const inspection = inspect(path);
    if (!inspection.manifest && !inspection.symbols.some(({ name }) => name === 'NewPlugin')) return undefined;
    manifest = judgeLibrary(path, inspection, findOwnLibraries(path, inspection));
    if (manifest?.adapter !== undefined) return undefined;
    refusePanicAbort(path, manifest);
    judgePlugin(path, inspection);
    return { form: 'native', manifest, error: undefined };
  } catch (error) {
    if (!(error instanceof PlughostError)) throw error;
    return { form: form?.name ?? 'native', manifest, error };
  }
}
