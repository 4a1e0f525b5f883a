import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildFolder } from '../../addon.js';

interface PlatformManifest {
  /** The names of plugins that the package of a system does not contain, with the reasons. */
  leftOut?: Record<string, string>;
}

/** Returns a sentence for each plugin that the package of this system does not contain. A build names its own. */
export function leftOutPlugins(): string[] {
  const path = join(buildFolder, 'package.json');
  if (!existsSync(path)) return [];
  const { leftOut = {} } = JSON.parse(readFileSync(path, 'utf8')) as PlatformManifest;
  return Object.entries(leftOut).map(
    ([name, reason]) => `not in the package: ${name} (${reason}); docs/install.md says how to build it`,
  );
}
