import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Addon } from './addon/exports.js';
import { missingAddon } from './addon/location/missing-addon.js';
import { ADDON, findNativeFolder } from './addon/location/native-folder.js';
import { checkWhole } from './addon/location/whole-file.js';
import type { AddonMissingError } from './errors/index.js';

/** The folder of the native parts: addon and runner in Release/, plugins in plugins/. */
export const buildFolder: string = findNativeFolder();

/** Returns the error that `addon` throws when there is no addon; undefined when its file is there. */
export const addonMissing = (): AddonMissingError | undefined =>
  existsSync(join(buildFolder, ADDON)) ? undefined : missingAddon(buildFolder, undefined);

let loaded: Addon | undefined;

/** Returns the addon if something has loaded it already. */
export const loadedAddon = (): Addon | undefined => loaded;

/**
 * Returns the addon. The first call of a JavaScript thread loads it.
 * @throws AddonMissingError when it is not installed, or not for this machine
 */
export function addon(): Addon {
  if (loaded) return loaded;
  const path = join(buildFolder, ADDON);
  try {
    checkWhole(path);
    // As `require` does, without its search for the file, which takes as long as opening it.
    const module = { exports: {} };
    process.dlopen(module, path);
    loaded = module.exports as Addon;
  } catch (cause) {
    throw missingAddon(buildFolder, cause);
  }
  return loaded;
}
