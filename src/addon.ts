import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import type { Addon } from './addon/exports.js';
import { AddonMissingError } from './errors/index.js';

/** Where the native parts are built: `build/` of the package, or the folder that PLUGHOST_BUILD names. */
export const buildFolder: string = resolve(import.meta.dirname, '..', process.env.PLUGHOST_BUILD ?? 'build');

let loaded: Addon | undefined;

/** The addon, if it was ever needed. */
export const loadedAddon = (): Addon | undefined => loaded;

/**
 * The addon, loaded at the first call.
 * @throws AddonMissingError when it has not been built or does not fit this machine.
 */
export function addon(): Addon {
  if (loaded) return loaded;
  const path = resolve(buildFolder, 'Release/plughost.node');
  try {
    loaded = createRequire(import.meta.filename)(path) as Addon;
  } catch (cause) {
    throw new AddonMissingError(path, { cause });
  }
  return loaded;
}
