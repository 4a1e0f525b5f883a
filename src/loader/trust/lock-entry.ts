import { checked } from '../../arguments/argument.js';
import { type Path, path as pathOf } from '../../arguments/paths.js';
import { inspect } from '../../inspect/inspect.js';
import { realPath } from '../../inspect/needed.js';
import { findBuiltin, hashesOfHost } from '../builtin/builtin-library.js';
import { describedFormOf } from '../forms/described.js';
import type { DescribedForm } from '../forms/form.js';
import { formOf } from '../forms/forms.js';
import { moduleEntry, moduleEntryOf } from '../forms/module.js';
import { judgeLibrary } from '../library/judge.js';
import { neededFiles } from '../library/needed-files.js';
import { realpath } from '../library/realpath.js';
import { ensureEntry, entryOf, type Lock, type LockEntry, sha256Of } from './lock-file.js';

/**
 * Returns the entry for a plugin as it is now. Runs none of its code.
 * @param plugin the path of a library, of rules or of a script; or `builtin:` and a name, whose entry has the hashes of the
 * addon and the runner
 * @throws what `inspect` and `judgeLibrary` throw; RulesError, ScriptError, UsageError
 */
export function lockEntryOf(plugin: Path): LockEntry {
  const path = checked('lockEntryOf', 'path', plugin, pathOf);
  const builtin = findBuiltin(path);
  if (builtin) return entryOf(path, builtin.manifest, hashesOfHost());
  const described = describedFormOf(path);
  if (described) return describedEntry(described, path);
  const form = formOf(path);
  return form ? moduleEntry(form, realpath(path)) : libraryEntry(path);
}

function describedEntry(form: DescribedForm, source: string): LockEntry {
  const found = form.examine(source, { trust() {}, hosts: [], env: [] });
  if (!found.manifest) throw form.undescribed(found);
  return moduleEntryOf({ ...found, manifest: found.manifest });
}

function libraryEntry(path: string): LockEntry {
  const inspection = inspect(path);
  const file = realPath(path);
  const read = (needed: string) => ({ inspection: inspect(needed), sha256: sha256Of(needed) });
  // Opening checks whether other users may write these files; a lock need not.
  const { files } = neededFiles(file, inspection, { file, trusting: true, read });
  const manifest = judgeLibrary(path, inspection, files);
  const needed = files.map(({ names, sha256 }) => ({ name: names[0] ?? '', sha256 }));
  return entryOf(path, manifest, { sha256: sha256Of(path), needed });
}

/** Compares a plugin as it is now with its entry in a lock. @throws as `lockEntryOf`, and LockError */
export function ensureAgrees(lock: Lock, path: string): void {
  ensureEntry(lock, path, lockEntryOf(path));
}
