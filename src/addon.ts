import { resolve } from 'node:path';
import type { Addon } from './addon/exports.js';
import { AddonMissingError } from './errors/index.js';

/** The folder of the native parts: `build/` of the package, or the one that PLUGHOST_BUILD names. */
export const buildFolder: string = resolve(import.meta.dirname, '..', process.env.PLUGHOST_BUILD ?? 'build');

let loaded: Addon | undefined;

/** Returns the addon if something has loaded it already. */
export const loadedAddon = (): Addon | undefined => loaded;

/**
 * Returns the addon. The first call of a JavaScript thread loads it.
 * @throws AddonMissingError when it has not been built, or not for this machine
 */
export function addon(): Addon {
  if (loaded) return loaded;
  const path = resolve(buildFolder, 'Release/plughost.node');
  try {
    // As `require` does, without its search for the file, which takes as long as opening it.
    const module = { exports: {} };
    process.dlopen(module, path);
    loaded = module.exports as Addon;
  } catch (cause) {
    throw new AddonMissingError(path, { cause });
  }
  return loaded;
}
