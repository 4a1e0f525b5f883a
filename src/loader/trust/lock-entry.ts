import { checked } from '../../arguments/argument.js';
import { type Path, path as pathOf } from '../../arguments/paths.js';
import { ManifestError } from '../../errors/index.js';
import { inspect } from '../../inspect/inspect.js';
import { realPath } from '../../inspect/needed.js';
import { findBuiltin, hashesOfHost } from '../builtin/builtin-library.js';
import { formOf } from '../forms/forms.js';
import { examineProgram, isProgram } from '../forms/grpc.js';
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
  if (isProgram(path)) return programEntry(path);
  const form = formOf(path);
  return form ? moduleEntry(form, realpath(path)) : libraryEntry(path);
}

function programEntry(source: string): LockEntry {
  const program = examineProgram(source, () => {});
  const { path, manifest } = program;
  if (manifest) return moduleEntryOf({ ...program, manifest });
  throw new ManifestError(
    path,
    'a program that is not to run has its manifest in a file beside it, and there is none',
    {
      hint: `write the manifest into ${path}.plughost.json`,
    },
  );
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
