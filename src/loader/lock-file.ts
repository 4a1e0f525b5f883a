import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import * as z from 'zod/mini';
import type { Manifest } from '../contract/manifest.js';
import { LockError } from '../errors.js';
import { inspect } from '../inspect/inspect.js';
import { jsonText } from '../printable.js';
import { judgeLibrary } from './judge.js';
import { readTextFile } from './text-file.js';

const entry = z.strictObject({
  id: z.string(),
  version: z.string(),
  file: z.string(),
  sha256: z.string().check(z.regex(/^[\da-f]{64}$/)),
  extensions: z.array(z.string()),
});
const lockFile = z.strictObject({ plughost: z.literal('plugins.lock/1'), plugins: z.array(entry) });

/** What a lock says of a plugin: its file must have these very bytes. */
export type LockEntry = z.infer<typeof entry>;

/** The plugins that may be loaded, by their manifest id; one without a manifest has its file's name for an id. */
export interface Lock {
  /** Of the file that it was read from, for messages. */
  path: string;
  plugins: LockEntry[];
}

/** @throws InputError when it cannot be read; LockError when it is no lock */
export function readLock(path: string): Lock {
  const { text } = readTextFile(path, 'read the lock');
  try {
    return { path, plugins: lockFile.parse(JSON.parse(text)).plugins };
  } catch (cause) {
    throw new LockError(path, 'it is no lock, or one of another version', {
      cause,
      hint: 'write it anew with: host lock -o FILE PATH…',
    });
  }
}

/** The text of a lock: the same plugins give the same text. */
export function formatLock(plugins: readonly LockEntry[]): string {
  const sorted = plugins.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : a.file < b.file ? -1 : 1));
  return `${jsonText({ plughost: 'plugins.lock/1', plugins: sorted }, 2)}\n`;
}

/**
 * What a lock has to say of a library as it is now. Runs nothing of it.
 * @throws what `inspect` and the judgement of a library throw
 */
export function lockEntryOf(path: string): LockEntry {
  return entryOf(path, judgeLibrary(path, inspect(path)), sha256Of(path));
}

/** The lock, read when it is a path. @throws LockError, InputError */
export const lockOf = (lock: Lock | string): Lock => (typeof lock === 'string' ? readLock(lock) : lock);

export function sha256Of(path: string): string {
  // Not imported, because it costs a sixth of Node's start, and few need it.
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(readFileSync(path)).digest('hex');
}

function entryOf(path: string, manifest: Manifest | undefined, sha256: string): LockEntry {
  const file = basename(path);
  return {
    id: manifest?.id ?? file,
    version: manifest?.version ?? '',
    file,
    sha256,
    extensions: manifest?.extensions ?? [],
  };
}

/**
 * Refuses a library that is not in the lock, or not with these bytes.
 * @param path for messages, and for its name
 * @throws LockError with what was expected and what was found
 */
export function ensureLocked(lock: Lock, path: string, manifest: Manifest | undefined, sha256: string): void {
  const found = entryOf(path, manifest, sha256);
  const locked = lock.plugins.filter(({ id }) => id === found.id);
  if (locked.length === 0) {
    throw new LockError(lock.path, `it does not have ${found.id}, which ${path} is`, {
      hint: 'if you trust it, write the lock anew with: host lock',
    });
  }
  if (locked.some(({ sha256: wanted }) => wanted === sha256)) return;
  const [wanted] = locked as [LockEntry];
  throw new LockError(
    lock.path,
    `${path} is not the ${found.id} ${wanted.version} that it has: its sha256 is ${sha256}, not ${wanted.sha256}`,
    { hint: 'put the locked file back; or, if you trust the new one, write the lock anew with: host lock' },
  );
}
