import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Inspection } from './inspection.js';
import { searchElf } from './needed-elf.js';
import { searchMachO } from './needed-mach-o.js';
import { type NeededLibrary, type Search, UNKNOWN } from './search.js';

// Against files made to be searched for ever; real ones need less than a hundred.
const MOST_NEEDED = 1024;

/** Looks for the libraries that a library needs, as the system's loader does. Runs nothing. */
export function findNeeded(path: string, inspection: Inspection): NeededLibrary[] {
  const search = searchOf(realPath(path), inspection);
  return inspection.needed.map((name, i) => ({ name, ...(i < MOST_NEEDED ? search(name) : UNKNOWN) }));
}

function searchOf(path: string, inspection: Inspection): Search {
  switch (inspection.format) {
    case 'ELF':
      return searchElf(path, inspection);
    case 'Mach-O':
      return searchMachO(path, inspection);
    case 'PE':
      return () => UNKNOWN;
  }
}

/** A library is opened by its real path, and looks beside that for what it needs. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}
