import { buildFolder } from '../../addon.js';
import { formsPackage, installedPackage } from './native-folder.js';
import { nativePackage } from './native-package.js';

/** The second package for a system, which has the adapters and the plugins that the one with the addon has no room for. */
export interface FurtherPackage {
  readonly name: string;
  readonly version: string;
  /** Undefined when it is not installed. */
  readonly folder: string | undefined;
  /** The names of its plugins. */
  readonly plugins: readonly string[];
}

/** Returns the second package, which is for the same system as the addon. A build has everything in one folder: undefined. */
export function furtherPackage(): FurtherPackage | undefined {
  const platform = nativePackage(buildFolder);
  if (!platform) return undefined;
  const name = formsPackage(platform.name);
  return { name, version: platform.version, folder: installedPackage(name), plugins: platform.further };
}

/** Returns the command that installs the second package. */
export const installCommand = ({ name, version }: FurtherPackage): string => `npm install ${name}@${version}`;
