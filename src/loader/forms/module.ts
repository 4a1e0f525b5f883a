import { UsageError } from '../../errors/index.js';
import type { ExamineOptions } from '../library/examine.js';
import { ensureLocked, entryOf, type Hashes, type LockEntry, type LockedFile, lockOf } from '../trust/lock-file.js';
import { ensureTrusted } from '../trust/trust.js';
import type { FileForm, Module } from './form.js';
import { ensureServed } from './served.js';

/**
 * Reads a module, and checks it as a library is checked before it is opened: nobody else may change its files, and a lock
 * must list it with these bytes. Runs nothing of it.
 * @param path the real path
 * @throws UntrustedFileError, LockError, FormKindError, what the form throws
 */
export function examineModule(form: FileForm, path: string, { allowWritable, lock }: ExamineOptions): Module {
  const module = form.examine(path, (file) => {
    if (!allowWritable) ensureTrusted(file);
  });
  ensureModuleLocked(module, lock);
  ensureServed(form.name, path, module.manifest);
  return module;
}

/** Refuses a module that a lock does not list with these bytes. @throws LockError */
export function ensureModuleLocked(module: Module, lock: ExamineOptions['lock']): void {
  if (lock !== undefined) ensureLocked(lockOf(lock), module.path, module.manifest, asLocked(module));
}

/** Returns the entry of a lock for a module as it is now. @throws what the form throws */
export function moduleEntry(form: FileForm, path: string): LockEntry {
  return moduleEntryOf(form.examine(path, () => {}));
}

export const moduleEntryOf = (module: Module): LockEntry => entryOf(module.path, module.manifest, asLocked(module));

/** Returns the hash of each file, that of the main file first. */
export function hashesOf({ files }: Pick<Module, 'files'>): LockedFile[] {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return files.map(({ name, bytes }) => ({ name, sha256: createHash('sha256').update(bytes()).digest('hex') }));
}

/** Returns the error for a plugin that has no files here. */
export function nothingToLock(path: string): UsageError {
  return new UsageError(`lock plugin ${path}: nobody here sees what runs on a server, so no lock can list it`, {
    hint: 'hand over a library, rules or a script, or use it without a lock',
  });
}

function asLocked(module: Module): Hashes {
  const [main, ...needed] = hashesOf(module);
  if (!main) throw nothingToLock(module.path);
  return { sha256: main.sha256, needed };
}
