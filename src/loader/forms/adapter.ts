import { basename } from 'node:path';
import { adapterPath } from '../../addon/location/adapter-path.js';
import type { Manifest } from '../../contract/manifest.js';
import { UsageError } from '../../errors/index.js';
import { inspect } from '../../inspect/inspect.js';
import { libraryFile } from '../library/library-suffix.js';
import { DESCRIBED } from './described.js';
import type { Module } from './form.js';
import { FORMS } from './forms.js';

/**
 * Returns the path of the library that runs modules of this form. It belongs to the host, so no lock lists it.
 * @throws FormMissingError
 */
export const adapterOf = ({ form, path }: Module): string => adapterPath(path, form.name, libraryFile(form.name));

/** Returns the JSON text that the adapter's `init` gets. @param config JSON text of the module's own options */
export function adapterConfig({ handed }: Module, config: string): string {
  return `{"module":${JSON.stringify(handed)},"config":${config}}`;
}

/** Refuses an adapter that is named as if it were a plugin. @throws UsageError */
export function refuseAdapter(path: string, manifest: Manifest | undefined): void {
  if (manifest?.adapter === undefined) return;
  const form = FORMS.find(({ name }) => name === manifest.adapter);
  const described = DESCRIBED.find(({ name }) => name === manifest.adapter);
  throw new UsageError(`load plugin ${path}: it runs plugins of the form ${manifest.adapter}, and is none by itself`, {
    hint: `name what it shall run, such as ${form ? `./mine${form.suffixes[0]}` : (described?.example ?? 'a plugin of that form')}`,
  });
}

/** Returns whether the library at a path is an adapter. Reads only libraries with the name of one. */
export function isAdapter(path: string): boolean {
  if (![...FORMS, ...DESCRIBED].some(({ name }) => libraryFile(name) === basename(path))) return false;
  try {
    return JSON.parse(inspect(path).manifest?.json ?? '{}').adapter !== undefined;
  } catch {
    return false;
  }
}
