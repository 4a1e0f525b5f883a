import { inspect } from './inspect.js';
import type { Inspection } from './inspection.js';
import { findNeeded, realPath } from './needed.js';

const SYSTEM = /^\/(usr\/)?lib(32|64|x32)?\//;

// Against files made to be searched for ever.
const MOST_LIBRARIES = 256;

/** A library that another one needs, and that lies where that one says, not among those of the system. */
export interface OwnLibrary {
  /** The real path. */
  path: string;
  inspection: Inspection;
}

/**
 * Finds the libraries that a library needs, directly or through others, by its run path, by LD_LIBRARY_PATH or by a
 * path, as the system's loader does. Left out are those in the system's own folders, with what they need, and what is not
 * found: the loader says so. Runs nothing.
 * @throws NotALibraryError, ManifestError, InputError when one of them cannot be read
 */
export function findOwnLibraries(path: string, inspection: Inspection): OwnLibrary[] {
  const found = new Map<string, OwnLibrary>();
  const follow = (from: string, of: Inspection) => {
    // Most plugins: then there is nothing but the system's to search, which would take longer than all the rest.
    if (of.runPath.length === 0 && !process.env.LD_LIBRARY_PATH && !of.needed.some((name) => name.includes('/')))
      return;
    for (const library of findNeeded(from, of)) {
      if (library.path === undefined || found.size >= MOST_LIBRARIES) continue;
      const real = realPath(library.path);
      if (SYSTEM.test(real) || found.has(real)) continue;
      const own = { path: real, inspection: inspect(real) };
      found.set(real, own);
      follow(real, own.inspection);
    }
  };
  follow(path, inspection);
  return [...found.values()];
}
