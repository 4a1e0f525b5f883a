import { KIND_NAMES, KINDS, type Kind } from '../../contract/kinds.js';
import { type Discovered, discoverNamed } from '../discover.js';

// For messages alone: all of this looks into every file of the folders. None of it runs a plugin.

const kindsOf = ({ manifest }: Discovered): Kind[] =>
  KIND_NAMES.filter((kind) => manifest?.extensions?.includes(KINDS[kind].id));

/** Returns the names of the plugins that are of one of these kinds, as their manifests say. */
export function pluginsOfKinds(folders: readonly string[], kinds: readonly Kind[]): string[] {
  const found = discoverNamed(folders).filter(({ error, shadowedBy }) => !error && !shadowedBy);
  return found
    .filter((one) => kindsOf(one).some((kind) => kinds.includes(kind)))
    .map(({ name }) => name)
    .sort();
}

/** Returns the kinds of the plugin with this path; none when it is in no folder, or does not say. */
export function kindsAt(folders: readonly string[], path: string): Kind[] {
  const found = discoverNamed(folders).find((one) => one.path === path);
  return found ? kindsOf(found) : [];
}
