import type { LibraryRecord } from '../../addon/registry.js';
import { type Manifest, parseManifest } from '../../contract/manifest.js';
import type { Inspection } from '../../inspect/inspection.js';
import type { LockedNeed, OpenedLibrary } from './library.js';
import { type UniqueOwner, uniqueSymbols } from './shared-symbols.js';

/** What the registry keeps of a library, as JSON, for the threads that find it open. */
export type Description = Pick<OpenedLibrary, 'inspection' | 'sha256' | 'needed'>;

export const descriptionOf = ({ description }: LibraryRecord): Description => JSON.parse(description);

/** Returns the manifest, which was checked when the library was opened. */
export function manifestOf({ inspection: { manifest } }: Description): Manifest | undefined {
  return manifest && parseManifest(manifest.json);
}

/** Describes a library that the opened one needs. */
export function describeNeed(
  name: string,
  { path, sha256, inspection }: { path: string; sha256: string | undefined; inspection: Inspection },
): LockedNeed {
  return { name, path, sha256, unique: uniqueNames(inspection) };
}

/** Returns a library and the libraries that it needs, with their process-wide unique symbols. */
export function uniqueOwnersOf(path: string, { inspection, needed }: Description): [UniqueOwner, ...UniqueOwner[]] {
  return [{ path, unique: uniqueNames(inspection) }, ...needed];
}

const uniqueNames = (inspection: Inspection) => uniqueSymbols(inspection).map((symbol) => symbol.name);
