import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { ManifestError, reasonOf } from '../../errors/index.js';

/** Returns the manifest that a plugin gave of itself. @throws ManifestError */
export function describedManifest(path: string, json: string): Manifest {
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}
