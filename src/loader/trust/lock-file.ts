import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Check, checked } from '../../arguments/argument.js';
import { listOf, objectOf, oneOf, optional, text } from '../../arguments/checks.js';
import { type Path, path as pathOf } from '../../arguments/paths.js';
import type { Manifest } from '../../contract/manifest.js';
import { LockError } from '../../errors/index.js';
import { readTextFile } from '../../files/text-file.js';
import { jsonText } from '../../text/printable.js';

/** An entry for a library that a plugin needs and that the system does not provide. */
export interface LockedFile {
  name: string;
  /** In hexadecimal digits. */
  sha256: string;
}

/** An entry for a plugin, whose file must have exactly these bytes. */
export interface LockEntry {
  id: string;
  version: string;
  file: string;
  /** In hexadecimal digits. */
  sha256: string;
  extensions: string[];
  /** Left out when the plugin needs only libraries of the system, so that older hosts can read the lock. */
  needed?: LockedFile[];
}

/** The plugins that may be loaded, by manifest id. Without a manifest the file's name is the id. */
export interface Lock {
  /** The file that it was read from, for messages. */
  path: string;
  plugins: LockEntry[];
}

const sha256: Check<string> = (value, argument) => {
  if (typeof value === 'string' && /^[\da-f]{64}$/.test(value)) return value;
  throw argument.wrong('a SHA-256 of 64 hexadecimal digits', value);
};
const lockedFile = objectOf<LockedFile>('a locked file', { name: text, sha256 });
const entry = objectOf<LockEntry>('an entry of a lock', {
  id: text,
  version: text,
  file: text,
  sha256,
  extensions: listOf('extensions', text),
  needed: optional(listOf('locked files', lockedFile)) as Check<LockedFile[]>,
});
const entries = listOf('entries of a lock', entry);
const lockFile = objectOf<{ plughost: string; plugins: LockEntry[] }>('a lock', {
  plughost: oneOf('plugins.lock/1'),
  plugins: entries,
});
const wholeLock = objectOf<Lock>('a lock that readLock gave, or the path of one,', {
  path: text,
  plugins: entries,
});

/** Checks an argument that is a lock or the path of one. */
export const lockOrPath: Check<Lock | string> = (value, argument) =>
  typeof value === 'string' || value instanceof URL ? pathOf(value, argument) : wholeLock(value, argument);

/** Reads a lock. @throws InputError when it cannot be read; LockError when it is not a lock; UsageError */
export function readLock(file: Path): Lock {
  const path = checked('readLock', 'path', file, pathOf);
  const { text } = readTextFile(path, 'read the lock');
  try {
    return { path, plugins: checked('read', 'lock', JSON.parse(text), lockFile).plugins };
  } catch (cause) {
    throw new LockError(path, 'it is no lock, or one of another version', {
      cause,
      hint: 'write it anew with: plughost lock -o FILE PLUGIN…',
    });
  }
}

/** Returns the text of a lock. The same plugins give the same text. @throws UsageError */
export function formatLock(plugins: readonly LockEntry[]): string {
  const sorted = checked('formatLock', 'plugins', plugins, entries).sort((a, b) =>
    a.id < b.id ? -1 : a.id > b.id ? 1 : a.file < b.file ? -1 : 1,
  );
  return `${jsonText({ plughost: 'plugins.lock/1', plugins: sorted }, 2)}\n`;
}

/** Returns the lock; reads it if a path is given. @throws LockError, InputError */
export const lockOf = (lock: Lock | string): Lock => (typeof lock === 'string' ? readLock(lock) : lock);

export function sha256Of(path: string): string {
  // Loaded on demand: importing node:crypto costs a sixth of Node's start, and few commands need it.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** The hashes of a library and of the libraries that it needs. */
export interface Hashes {
  sha256: string;
  needed: LockedFile[];
}

/** Returns the entry of a lock for a file with these hashes. @param path of which the entry keeps the last name */
export function entryOf(path: string, manifest: Manifest | undefined, { sha256, needed }: Hashes): LockEntry {
  const file = basename(path);
  return {
    id: manifest?.id ?? file,
    version: manifest?.version ?? '',
    file,
    sha256,
    extensions: manifest?.extensions ?? [],
    ...(needed.length > 0 && { needed }),
  };
}

/**
 * Refuses a library that the lock does not list, or lists with other hashes, or with other needed libraries.
 * @param path for messages, and for the file's name
 * @throws LockError with what was expected and what was found
 */
export function ensureLocked(lock: Lock, path: string, manifest: Manifest | undefined, hashes: Hashes): void {
  ensureEntry(lock, path, entryOf(path, manifest, hashes));
}

/** Refuses a plugin unless the lock has this entry. @param path for messages @throws LockError */
export function ensureEntry(lock: Lock, path: string, found: LockEntry): void {
  const { sha256 } = found;
  const locked = lock.plugins.filter(({ id }) => id === found.id);
  if (locked.length === 0) {
    throw new LockError(lock.path, `it does not have ${found.id}, which ${path} is`, {
      hint: 'if you trust it, write the lock anew with: plughost lock',
    });
  }
  const same = locked.filter(({ sha256: wanted }) => wanted === sha256);
  if (same.length > 0) {
    const [first = ''] = same.map(({ needed = [] }) => differenceOf(needed, found.needed ?? [])).sort();
    if (!first) return;
    throw new LockError(lock.path, `${path} ${first}`, {
      hint: 'put the locked file back; or, if you trust what is there, write the lock anew with: plughost lock',
    });
  }
  const [wanted] = locked as [LockEntry];
  throw new LockError(
    lock.path,
    `${path} is not the ${found.id} ${wanted.version} that it has: its sha256 is ${sha256}, not ${wanted.sha256}`,
    { hint: 'put the locked file back; or, if you trust the new one, write the lock anew with: plughost lock' },
  );
}

/** Returns the first difference as the end of a sentence, or an empty text. */
function differenceOf(wanted: readonly LockedFile[], found: readonly LockedFile[]): string {
  for (const { name, sha256 } of found) {
    const known = wanted.find((file) => file.name === name);
    if (!known) return `needs ${name} with the sha256 ${sha256}, of which it does not know`;
    if (known.sha256 !== sha256) {
      return `needs ${name}, and that is not the one that it has: its sha256 is ${sha256}, not ${known.sha256}`;
    }
  }
  const missing = wanted.find(({ name }) => !found.some((file) => file.name === name));
  return missing ? `needs ${missing.name}, which is not where it was` : '';
}
