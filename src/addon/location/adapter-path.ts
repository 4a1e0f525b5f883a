import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder } from '../../addon.js';
import { FormMissingError } from '../../errors/index.js';
import { packageFolder } from '../../package-folder.js';
import { furtherPackage, installCommand } from './further-package.js';
import { adviceOnDamaged } from './missing-addon.js';
import { ownBuild } from './native-folder.js';
import { nativePackage } from './native-package.js';

/**
 * Returns the path of an adapter, which is a library of the host. A build has it beside the plugins. Of the packages, the
 * one with the addon does not contain it, and a second one for the same system does.
 * @param plugin the path of what it shall run, for messages
 * @param form the name of the adapter
 * @param file the name of its library
 * @throws FormMissingError
 */
export function adapterPath(plugin: string, form: string, file: string): string {
  const further = furtherPackage();
  const folder = further ? further.folder : buildFolder;
  if (folder === undefined)
    throw new FormMissingError(plugin, form, `package ${further?.name}`, {
      ...(further && { hint: `install it with: ${installCommand(further)}` }),
    });
  const path = join(folder, 'plugins', file);
  if (existsSync(path)) return path;
  throw new FormMissingError(plugin, form, path, { hint: adviceOn(folder, form) });
}

/** Returns what to do about a folder that has no adapter for a form. */
function adviceOn(folder: string, form: string): string {
  const forms = nativePackage(folder);
  const reason = forms?.leftOut[form];
  if (reason !== undefined)
    return `${forms?.name} does not contain it (${reason}): build plughost from source, as docs/install.md describes`;
  if (forms) return adviceOnDamaged(forms.name);
  const isClone = folder === ownBuild && existsSync(join(packageFolder, 'scripts/build.mjs'));
  if (form === 'wasm')
    return 'it is built on request only, in a clone of plughost: install cargo 1.95 or later, then: npm run build -- --CDPLUGHOST_WASM=ON';
  return isClone
    ? 'install cargo 1.85 or later, then: npm run build'
    : 'install cargo 1.85 or later, and build plughost again';
}
