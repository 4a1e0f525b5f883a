import { readFileSync } from 'node:fs';
import { hostEndian } from '../architecture.js';
import { type Fields, Layout } from '../layout.js';

const CACHE = '/etc/ld.so.cache';
const MAGIC = 'glibc-ld.so.cache1.1';
const HEADER = 48;
const ENTRY = 24;

/** Returns the paths by name from the cache of ld.so. Empty when there is no cache or its format is unknown. */
export function readLoaderCache(): Map<string, string[]> {
  try {
    return parseLoaderCache(readFileSync(CACHE));
  } catch {
    return new Map();
  }
}

/** Parses a cache. Ignores entries that are cut off. */
export function parseLoaderCache(bytes: Buffer): Map<string, string[]> {
  const found = new Map<string, string[]>();
  const text = bytes.toString('latin1');
  // On older systems a table in an older format precedes it.
  const start = text.indexOf(MAGIC);
  if (start < 0 || start + HEADER > bytes.length) return found;
  const fields: Fields = new Layout(true, hostEndian === 'little').of(bytes);
  const textAt = (at: number) => text.slice(start + at, text.indexOf('\0', start + at));
  const end = Math.min(bytes.length - ENTRY, start + HEADER + (fields.u32(start + 20) - 1) * ENTRY);
  for (let at = start + HEADER; at <= end; at += ENTRY) {
    const [name, path] = [textAt(fields.u32(at + 4)), textAt(fields.u32(at + 8))];
    const known = found.get(name);
    if (known) known.push(path);
    else found.set(name, [path]);
  }
  return found;
}
