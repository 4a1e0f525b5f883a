import { nativePackage } from '../../addon/location/native-package.js';
import { buildFolder } from '../../addon.js';

/** Returns a sentence for each plugin that the package of this system does not contain. A build names its own. */
export function leftOutPlugins(): string[] {
  return Object.entries(nativePackage(buildFolder)?.leftOut ?? {}).map(
    ([name, reason]) => `not in the package: ${name} (${reason}); docs/install.md says how to build it`,
  );
}
