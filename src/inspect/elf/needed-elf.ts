import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { absolute } from '../../files/absolute.js';
import { hostArchitecture, hostSystem } from '../architecture.js';
import { FileBytes } from '../file-bytes.js';
import { FormatError, type Inspection } from '../inspection.js';
import { MISSING, type Needing, type Search, UNKNOWN } from '../search.js';
import { readLoaderCache } from './loader-cache.js';

// Against files made to be searched for ever; real ones name a handful.
const MAX_FOLDERS = 256;

/**
 * As ld.so(8) does: LD_LIBRARY_PATH and the run path, the cache, the default folders. What is for another machine may be
 * found here, or else be elsewhere.
 */
export function searchElf(path: string, inspection: Needing): Search {
  const { architecture, os } = inspection;
  const here = hostSystem === 'linux' && os === 'linux';
  const multiarch = `${architecture}-linux-gnu`;
  const expand = expanderOf(path, architecture);
  const { folders, isComplete } = existing(foldersOf(inspection, here).flatMap(expand));
  const defaults = here
    ? [`/lib/${multiarch}`, `/usr/lib/${multiarch}`, '/lib64', '/usr/lib64', '/lib', '/usr/lib']
    : [];
  const cache = here ? readLoaderCache() : undefined;
  const fits = fileThatFits(path);
  const absent = here && architecture === hostArchitecture && isComplete ? MISSING : UNKNOWN;
  return (name) => {
    const within = (folder: string) => `${folder}/${name}`;
    const candidates = name.includes('/')
      ? expand(name)
      : [...folders.map(within), ...(cache?.get(name) ?? []), ...defaults.map(within)];
    const found = candidates.find(fits);
    return found === undefined ? absent : { state: 'found', path: found };
  };
}

/**
 * Where ld.so looks for what a library of this system needs before it asks its own configuration.
 * @param inherited the folders that those who need the library hand on to it: the old kind of run path does that
 */
export function searchPlaces(
  path: string,
  inspection: Inspection,
  inherited: readonly string[],
): { placesOf: (name: string) => string[]; handedOn: readonly string[] } {
  const { runPath, runPathFirst } = inspection;
  const expand = expanderOf(path, inspection.architecture);
  const own = runPath.flatMap(expand);
  const handedOn = runPathFirst ? [...own, ...inherited] : inherited;
  // A run path of the new kind takes the place of all old ones.
  const isNew = own.length > 0 && !runPathFirst;
  const folders = isNew ? [...environmentFolders(), ...own] : [...handedOn, ...environmentFolders()];
  const all = [...new Set(folders.map((folder) => absolute(folder)))];
  return {
    placesOf: (name) =>
      name.includes('/') ? expand(name).map((place) => absolute(place)) : all.map((folder) => `${folder}/${name}`),
    handedOn,
  };
}

/** Puts values in the place of $ORIGIN and the like; $LIB stands for several. */
function expanderOf(path: string, architecture: string): (text: string) => string[] {
  return (text) => {
    const expanded = text
      .replace(/\$ORIGIN|\$\{ORIGIN\}/g, () => dirname(path))
      .replace(/\$PLATFORM|\$\{PLATFORM\}/g, () => architecture);
    const token = /\$LIB|\$\{LIB\}/g;
    return token.test(expanded)
      ? [`lib/${architecture}-linux-gnu`, 'lib64', 'lib'].map((lib) => expanded.replace(token, lib))
      : [expanded];
  };
}

/** Nothing between two separators is the current folder. */
function environmentFolders(): string[] {
  return (process.env.LD_LIBRARY_PATH || undefined)?.split(/[:;]/).map((folder) => folder || '.') ?? [];
}

/** Those that come before the cache, in order. On another system only those are known that lie beside the library. */
function foldersOf({ runPath, runPathFirst }: Needing, here: boolean): string[] {
  if (!here) return runPath.filter((folder) => /^\$(ORIGIN|\{ORIGIN\})/.test(folder));
  return runPathFirst ? [...runPath, ...environmentFolders()] : [...environmentFolders(), ...runPath];
}

function existing(folders: readonly string[]): { folders: string[]; isComplete: boolean } {
  const all = [...new Set(folders)].filter((folder) => existsSync(folder));
  return { folders: all.slice(0, MAX_FOLDERS), isComplete: all.length <= MAX_FOLDERS };
}

/** Whether a file is ELF for the same machine as the one at `path`; the loader passes over others. */
export function fileThatFits(path: string): (candidate: string) => boolean {
  const wanted = machineOf(path);
  return (candidate) => existsSync(candidate) && wanted !== undefined && machineOf(candidate)?.equals(wanted) === true;
}

/** Class, byte order and machine. */
function machineOf(path: string): Buffer | undefined {
  try {
    using file = new FileBytes(path);
    return Buffer.concat([file.read(0, 6), file.read(18, 2)]);
  } catch (error) {
    if (error instanceof FormatError || (error instanceof Error && 'syscall' in error)) return undefined;
    throw error;
  }
}
