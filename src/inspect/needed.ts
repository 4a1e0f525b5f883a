import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostSystem } from './architecture.js';
import { FileBytes } from './file-bytes.js';
import { FormatError, type Inspection } from './inspection.js';

/** A library that another one needs. */
export interface NeededLibrary {
  /** As the file has it. */
  name: string;
  /** Where the system's loader would find it; null when it would not, undefined when this machine cannot tell. */
  path: string | null | undefined;
}

// ld.so(8), "the default path"; the folders of Debian and of others.
const DEFAULT_FOLDERS = ['/lib64', '/usr/lib64', '/lib', '/usr/lib'];

/**
 * Looks for the libraries that a library needs, as ld.so does: LD_LIBRARY_PATH and its run path, the cache, the default
 * folders. Of libraries for another system nothing can be told.
 */
export function findNeeded(path: string, inspection: Inspection): NeededLibrary[] {
  const { needed, format, runPath } = inspection;
  if (format !== 'ELF' || hostSystem !== 'linux') return needed.map((name) => ({ name, path: undefined }));
  const origin = dirname(path);
  const expand = (folder: string) => folder.replace(/\$ORIGIN|\$\{ORIGIN\}/g, origin);
  const folders = [...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean), ...runPath.map(expand)];
  const fits = fileThatFits(path);
  const cache = readCache();
  return needed.map((name) => {
    const candidates = name.includes('/')
      ? [expand(name)]
      : [
          ...folders.map((folder) => join(folder, name)),
          ...(cache.get(name) ?? []),
          ...DEFAULT_FOLDERS.map((folder) => join(folder, name)),
        ];
    return { name, path: candidates.find(fits) ?? null };
  });
}

/** Whether a file is ELF for the same machine; the loader passes over others. */
function fileThatFits(path: string): (candidate: string) => boolean {
  const wanted = machineOf(path);
  return (candidate) => existsSync(candidate) && machineOf(candidate)?.equals(wanted ?? Buffer.alloc(0)) === true;
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

const CACHE = '/etc/ld.so.cache';
const MAGIC = 'glibc-ld.so.cache1.1';

/** The paths that the cache of ld.so has for each name; empty without a cache, or one of another kind. */
function readCache(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let bytes: Buffer;
  try {
    bytes = readFileSync(CACHE);
  } catch {
    return found;
  }
  // Older systems have a table of an older kind before it. Numbers are in the order of the machine.
  const start = bytes.indexOf(MAGIC);
  const text = (at: number) => bytes.toString('utf8', at, bytes.indexOf(0, at));
  const count = start < 0 ? 0 : bytes.readUInt32LE(start + 20);
  for (let at = start + 48; at + 24 <= Math.min(bytes.length, start + 48 + count * 24); at += 24) {
    const [name, path] = [text(start + bytes.readUInt32LE(at + 4)), text(start + bytes.readUInt32LE(at + 8))];
    found.set(name, [...(found.get(name) ?? []), path]);
  }
  return found;
}
