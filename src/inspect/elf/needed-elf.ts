import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { absolute } from '../../files/absolute.js';
import { hostArchitecture, hostSystem } from '../architecture.js';
import { FileBytes } from '../file-bytes.js';
import { FormatError, type Inspection } from '../inspection.js';
import { MISSING, type Needing, type Search, UNKNOWN } from '../search.js';
import { readLoaderCache } from './loader-cache.js';

// A limit against malicious files; real ones name a handful.
const MAX_FOLDERS = 256;

/**
 * Returns a search like that of ld.so(8): in LD_LIBRARY_PATH and the run path, the cache, and the default folders. For
 * a library of another machine, files that are not found are `unknown`.
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
 * Returns where ld.so searches before it uses the cache and the default folders. The library must be for this system.
 * @param inherited the DT_RPATH folders of the libraries that need this one; they apply to it as well
 * @returns the places for a name, and the folders that the libraries it needs inherit
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
  // DT_RUNPATH disables all DT_RPATHs.
  const isNew = own.length > 0 && !runPathFirst;
  const folders = isNew ? [...environmentFolders(), ...own] : [...handedOn, ...environmentFolders()];
  const all = [...new Set(folders.map((folder) => absolute(folder)))];
  return {
    placesOf: (name) =>
      name.includes('/') ? expand(name).map((place) => absolute(place)) : all.map((folder) => `${folder}/${name}`),
    handedOn,
  };
}

/** Returns a function that expands $ORIGIN, $PLATFORM and $LIB; $LIB has several values. */
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

/** Returns the folders of LD_LIBRARY_PATH. An empty entry is the current folder. */
function environmentFolders(): string[] {
  return (process.env.LD_LIBRARY_PATH || undefined)?.split(/[:;]/).map((folder) => folder || '.') ?? [];
}

/** Returns the folders that come before the cache, in order. For another system, only those relative to the library. */
function foldersOf({ runPath, runPathFirst }: Needing, here: boolean): string[] {
  if (!here) return runPath.filter((folder) => /^\$(ORIGIN|\{ORIGIN\})/.test(folder));
  return runPathFirst ? [...runPath, ...environmentFolders()] : [...environmentFolders(), ...runPath];
}

function existing(folders: readonly string[]): { folders: string[]; isComplete: boolean } {
  const all = [...new Set(folders)].filter((folder) => existsSync(folder));
  return { folders: all.slice(0, MAX_FOLDERS), isComplete: all.length <= MAX_FOLDERS };
}

/** Returns a test whether a file is ELF for the same machine as the file at `path`. The loader skips other files. */
export function fileThatFits(path: string): (candidate: string) => boolean {
  let wanted: Buffer | undefined;
  return (candidate) => {
    if (!existsSync(candidate)) return false;
    wanted ??= machineOf(path);
    return wanted !== undefined && machineOf(candidate)?.equals(wanted) === true;
  };
}

/** Returns the class, byte order and machine of an ELF file; undefined when they cannot be read. */
function machineOf(path: string): Buffer | undefined {
  try {
    using file = new FileBytes(path);
    return Buffer.concat([file.read(0, 6), file.read(18, 2)]);
  } catch (error) {
    if (error instanceof FormatError || (error instanceof Error && 'syscall' in error)) return undefined;
    throw error;
  }
}
