import { realpathSync } from 'node:fs';
import { type Check, checked } from '../arguments/argument.js';
import { boolean, isObject, listOf, oneOf, optional, text } from '../arguments/checks.js';
import { type Path, path as pathOf } from '../arguments/paths.js';
import { absolute } from '../files/absolute.js';
import { searchElf } from './elf/needed-elf.js';
import type { Inspection } from './inspection.js';
import { searchMachO } from './mach-o/needed-mach-o.js';
import { type NeededLibrary, type Needing, type Search, UNKNOWN } from './search.js';

// A limit against malicious files; real ones need less than a hundred.
const MAX_NEEDED = 1024;

const needing: Check<Needing> = (value, argument) => {
  if (!isObject(value)) throw argument.wrong('what inspect gave', value);
  const part = <T>(key: keyof Needing, check: Check<T>) => check(value[key], argument.at(key));
  return {
    format: part('format', oneOf('ELF', 'Mach-O', 'PE', 'WebAssembly')),
    architecture: part('architecture', text),
    os: part('os', text),
    needed: part('needed', listOf('names', pathOf)),
    runPath: part('runPath', listOf('paths', pathOf)),
    ...(part('runPathFirst', optional(boolean)) && { runPathFirst: true }),
  };
};

/** Searches for the needed libraries as the dynamic loader does. Runs no code. @throws UsageError */
export function findNeeded(library: Path, inspection: Inspection): NeededLibrary[] {
  const path = checked('findNeeded', 'path', library, pathOf);
  const by = checked('findNeeded', 'inspection', inspection, needing);
  const search = searchOf(realPath(path), by);
  return by.needed.map((name, i) => ({ name, ...(i < MAX_NEEDED ? search(name) : UNKNOWN) }));
}

function searchOf(path: string, inspection: Needing): Search {
  switch (inspection.format) {
    case 'ELF':
      return searchElf(path, inspection);
    case 'Mach-O':
      return searchMachO(path, inspection);
    case 'PE':
    case 'WebAssembly':
      return () => UNKNOWN;
  }
}

/** Returns the real path, beside which the loader searches; the absolute path when there is no such file. */
export function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return absolute(path);
  }
}
