import { addon } from '../../addon.js';
import { checked } from '../../arguments/argument.js';
import { anyPath, type Path } from '../../arguments/paths.js';
import type { Manifest } from '../../contract/manifest.js';
import { DuplicatePluginError, LockError, OpenError } from '../../errors/index.js';
import { ensureLocked, type Lock, lockOf, sha256Of } from '../trust/lock-file.js';
import { type Description, describeNeed, descriptionOf, manifestOf, uniqueOwnersOf } from './description.js';
import { examine } from './examine.js';
import { refusePanicAbort } from './judge.js';
import { Library, type LockedNeed, type OpenedLibrary } from './library.js';
import { loadLibrary, wasLoaded } from './load-library.js';
import { isSystems } from './needed-files.js';
import { type CheckedOpenOptions, type OpenOptions, openOptions } from './open-options.js';
import { beginOpening, type Opening } from './opening.js';
import { realpath } from './realpath.js';
import { refuseSanitizer } from './sanitizer.js';
import { refuseSharedUnique, warnOfReplaced } from './shared-symbols.js';

/** This thread's objects for the libraries of the process, by their number in the registry. */
const libraries = new Map<number, Library>();

/**
 * Opens a library as Go's `plugin.Open` does: the real path is the key, the same file gives the same object, and its
 * constructors run once in the process, before this returns; other threads that open it meanwhile wait. The file is
 * read and judged first; a library that is refused has run no code.
 *
 * If the file has changed since it was opened, returns the library that is open, with a warning (`PLUGHOST_STALE`),
 * until that is closed. After `library.close()` a changed file is opened anew, from a private copy, and an unchanged
 * file is the same mapping again.
 * @throws RealpathError, InputError, NotALibraryError, WrongPlatformError, ManifestError, AbiError, PanicAbortError,
 * UntrustedFileError, LockError, DuplicatePluginError, SharedSymbolError, OpenError, UsageError
 */
export function open(path: Path, options: OpenOptions = {}): Library {
  const name = checked('open', 'path', path, anyPath);
  return openChecked(name, checked('open', 'options', options, openOptions));
}

/** As `open`, of arguments that were checked. */
export function openChecked(name: string, options: CheckedOpenOptions): Library {
  const found = findOpen(name);
  if (typeof found === 'string') return openAnew(name, found, options);
  const library = libraries.get(found) ?? join(name, found);
  library.warnIfStale();
  if (options.lock !== undefined) ensureLockedNow(library, lockOf(options.lock));
  return library;
}

/** Returns the number of a library that is open, or else its real path. @throws as realpath */
function findOpen(name: string): number | string {
  const found = name.isWellFormed() ? addon().registry.find(name) : null;
  // The addon's text has U+FFFD in the place of bytes that are not UTF-8; realpath refuses such a path.
  return typeof found === 'number' || (found && !found.includes('\ufffd')) ? found : realpath(name);
}

function openAnew(name: string, path: string, options: CheckedOpenOptions): Library {
  const lock = options.lock === undefined ? undefined : lockOf(options.lock);
  const begun = beginOpening(name, path);
  if (typeof begun === 'number') {
    const library = join(name, begun);
    if (lock) ensureLockedNow(library, lock);
    return library;
  }
  using opening = begun;
  return opening.previous?.unchanged
    ? reopen(name, path, opening, opening.previous, lock, options)
    : openFile(name, path, opening, lock, options);
}

/** Opens the file of the last generation again. Its code has run and is mapped, so its description is still true. */
function reopen(
  name: string,
  path: string,
  opening: Opening,
  previous: NonNullable<Opening['previous']>,
  lock: Lock | undefined,
  options: CheckedOpenOptions,
): Library {
  const { file, description: text } = previous;
  const description = descriptionOf(previous);
  const manifest = manifestOf(description);
  if (lock) ensureLocked(lock, path, manifest, bytesOf(lock, path, description));
  refuseDuplicate(name, path, manifest, options);
  return join(name, opening.commit({ file, id: manifest?.id ?? '', description: text }));
}

function openFile(
  name: string,
  path: string,
  opening: Opening,
  lock: Lock | undefined,
  options: CheckedOpenOptions,
): Library {
  // For a path that it has opened before, the dynamic loader would return what was there then.
  using examined = examine(path, { ...options, lock, copy: opening.previous !== null || wasLoaded(path) });
  const { file, inspection, manifest, sha256 } = examined;
  refusePanicAbort(path, manifest);
  refuseSanitizer(path, inspection, examined.needed);
  refuseDuplicate(name, path, manifest, options);
  // The dynamic loader will use what the process has open by these names.
  const needed = examined.needed.filter(
    ({ names }) => !names.some((needs) => isSystems(addon().openAs(needs, '')?.path)),
  );
  const description: Description = {
    inspection,
    sha256,
    needed: needed.map(({ names: [needs = ''], ...rest }) => describeNeed(needs, rest)),
  };
  refuseSharedUnique(name, uniqueOwnersOf(path, description), () =>
    addon()
      .registry.all()
      // Of generations that share a mapping only the latest has a description.
      .filter((record) => record.description !== '')
      .flatMap((record) => uniqueOwnersOf(record.path, descriptionOf(record))),
  );
  warnOfReplaced([{ path, inspection }, ...needed]);
  const handle = loadLibrary(name, file);
  for (const need of description.needed) refuseOther(name, path, need);
  const number = opening.commit({ file, id: manifest?.id ?? '', description: JSON.stringify(description) });
  return keep(number, { handle, manifest, ...description });
}

/** Makes this thread's object for a library that another thread opened, or that was open before. */
function join(name: string, number: number): Library {
  const record = addon().registry.at(number);
  const description = descriptionOf(record);
  // The loader finds an open library by the name by which it was opened, whatever the file is now.
  return keep(number, { handle: loadLibrary(name, record.file), manifest: manifestOf(description), ...description });
}

function keep(number: number, opened: OpenedLibrary): Library {
  const library = new Library(number, opened, () => libraries.delete(number));
  libraries.set(number, library);
  return library;
}

/** Checks a library that is open. If it was opened without a lock, its file must still be the one that was opened. */
function ensureLockedNow(library: Library, lock: Lock): void {
  if (!library.sha256 && library.stale) {
    throw new LockError(lock.path, `${library.path} was changed since it was opened without a lock`, {
      hint: 'open it with the lock from the beginning',
    });
  }
  ensureLocked(lock, library.path, library.manifest, bytesOf(lock, library.path, library));
}

/** @throws LockError when it is not known which bytes were opened */
function bytesOf(
  lock: Lock,
  path: string,
  { sha256, needed }: Pick<Description, 'sha256'> & { needed: readonly LockedNeed[] },
) {
  const unknown = needed.find((one) => !one.sha256);
  if (unknown) {
    throw new LockError(lock.path, `${path} was opened without a lock, and needs ${unknown.name}`, {
      hint: 'open it with the lock from the beginning',
    });
  }
  const hashes = needed.map((one) => ({ name: one.name, sha256: one.sha256 ?? '' }));
  return { sha256: sha256 ?? sha256Of(path), needed: hashes };
}

/** Refuses a library when the loader took another file, which was open by that name, for one that it needs. */
function refuseOther(name: string, path: string, needed: LockedNeed): void {
  const open = addon().openAs(needed.name, needed.path);
  if (open?.same) return;
  throw new OpenError(name, `${path} needs ${needed.path}, and got ${open?.path ?? 'another library'} in its place`, {
    hint: 'isolate it (--isolate), or use a new process: constructors of both have run',
  });
}

/** @throws DuplicatePluginError when another path has the manifest's id, unless that is allowed */
export function refuseDuplicate(
  name: string,
  path: string,
  manifest: Manifest | undefined,
  options: Pick<OpenOptions, 'allowDuplicate'>,
): void {
  if (!manifest || options.allowDuplicate) return;
  const holder = addon().registry.holderOf(manifest.id, path);
  if (holder) throw new DuplicatePluginError(name, manifest.id, path, holder);
}
