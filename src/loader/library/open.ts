import type { LibraryRecord, NativeRegistry } from '../../addon/registry.js';
import { addon } from '../../addon.js';
import { checked } from '../../arguments/argument.js';
import { anyPath, type Path } from '../../arguments/paths.js';
import { insidePlugin } from '../../boundary/inside-plugin.js';
import { type LibraryHandle, openLibrary } from '../../contract/calls.js';
import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { DuplicatePluginError, LockError, OpenError, RealpathError, reasonOf } from '../../errors/index.js';
import type { Inspection } from '../../inspect/inspection.js';
import { openOptions } from '../arguments.js';
import { ensureLocked, type Lock, lockOf, sha256Of } from '../trust/lock-file.js';
import { type ExamineOptions, examine } from './examine.js';
import { refusePanicAbort } from './judge.js';
import { Library, type LockedNeed, type OpenedLibrary } from './library.js';
import { loaderHint } from './loader-hint.js';
import { isSystems } from './needed-files.js';
import { realpath } from './realpath.js';
import { refuseSanitizer } from './sanitizer.js';
import { refuseSharedUnique, type UniqueOwner, uniqueSymbols, warnOfReplaced } from './shared-symbols.js';

export interface OpenOptions extends Omit<ExamineOptions, 'lock'> {
  /** The plugins that may be opened, or the path of the file that lists them: see `host lock`. */
  lock?: Lock | Path | undefined;
  /** Open it even if a library with the same manifest id is open from another path. */
  allowDuplicate?: boolean | undefined;
}

/** Options of `open` that were checked: the path of a lock is text. */
export type CheckedOpenOptions = Omit<OpenOptions, 'lock'> & Pick<ExamineOptions, 'lock'>;

/** What this thread holds of the process's libraries, by their number in the registry. */
const libraries = new Map<number, Library>();
/** By the path that was opened: one for each mapping, which stays. */
const handles = new Map<string, LibraryHandle>();

/**
 * Opens a library as Go's `plugin.Open` does: the real path is the key, the same file gives the same object, and its
 * constructors run once in the process, before this returns; other threads that open it meanwhile wait. The file is read
 * and judged first; what is refused has run no code.
 *
 * A file that changed since gives the library that is open, with a warning (`PLUGHOST_STALE`), until that is closed.
 * After `library.close()` a changed file is opened anew, from a private copy, and one that did not change is the same
 * mapping again.
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

/** The number of a library that is open, or else its real path. @throws as realpath */
function findOpen(name: string): number | string {
  const found = name.isWellFormed() ? addon().registry.find(name) : null;
  // The addon's text of a path would hide that it is not UTF-8.
  return typeof found === 'number' || (found && !found.includes('\ufffd')) ? found : realpath(name);
}

function openAnew(name: string, path: string, options: CheckedOpenOptions): Library {
  let opened: OpenedLibrary | undefined;
  const lock = options.lock === undefined ? undefined : lockOf(options.lock);
  const number = inRegistry(name, path, (before) => {
    if (before?.unchanged) {
      // Its code has run and is mapped; nothing of the file is believed that was not checked then.
      const facts = factsOf(before);
      const manifest = manifestOf(facts);
      if (lock) ensureLocked(lock, path, manifest, bytesOf(lock, path, facts));
      refuseDuplicate(name, path, manifest, options);
      return { file: before.file, id: manifest?.id ?? '', facts: before.facts };
    }
    // Of a path that it has opened before, the system would give what was there then.
    using examined = examine(path, { ...options, lock, copy: before !== null || handles.has(path) });
    const { file, inspection, manifest, sha256 } = examined;
    refusePanicAbort(path, manifest);
    refuseSanitizer(path, inspection, examined.needed);
    refuseDuplicate(name, path, manifest, options);
    // What the process has open by these names already is what the system's loader will use.
    const needed = examined.needed.filter(
      ({ names }) => !names.some((needs) => isSystems(addon().openAs(needs, '')?.path)),
    );
    const facts: Facts = {
      inspection,
      sha256,
      needed: needed.map(({ names: [needs = ''], ...rest }) => ({
        name: needs,
        path: rest.path,
        sha256: rest.sha256,
        unique: uniqueNames(rest.inspection),
      })),
    };
    refuseSharedUnique(name, ownersOf(path, facts), () =>
      addon()
        .registry.all()
        // Of generations that share a mapping the latest tells of it.
        .filter((record) => record.facts !== '')
        .flatMap((record) => ownersOf(record.path, factsOf(record))),
    );
    warnOfReplaced([{ path, inspection }, ...needed]);
    opened = { handle: load(name, file), manifest, ...facts };
    for (const one of facts.needed) refuseOther(name, path, one);
    return { file, id: manifest?.id ?? '', facts: JSON.stringify(facts) };
  });
  if (opened) return keep(number, opened);
  const library = join(name, number);
  if (lock) ensureLockedNow(library, lock);
  return library;
}

/** Takes part in a library that another thread opened, or that was open before. */
function join(name: string, number: number): Library {
  const record = addon().registry.at(number);
  const facts = factsOf(record);
  // The system finds what is open by the name it was opened by, whatever the file is now.
  return keep(number, { handle: load(name, record.file), manifest: manifestOf(facts), ...facts });
}

function keep(number: number, opened: OpenedLibrary): Library {
  const library = new Library(number, opened, () => libraries.delete(number));
  libraries.set(number, library);
  return library;
}

/** What the registry keeps of a library for those who find it open. */
type Facts = Pick<OpenedLibrary, 'inspection' | 'sha256' | 'needed'>;

const factsOf = ({ facts }: LibraryRecord): Facts => JSON.parse(facts);

const uniqueNames = (inspection: Inspection) => uniqueSymbols(inspection).map((symbol) => symbol.name);

/** The library of a path, and what it needs, with the symbols of which a process has one. */
function ownersOf(path: string, { inspection, needed }: Facts): [UniqueOwner, ...UniqueOwner[]] {
  return [{ path, unique: uniqueNames(inspection) }, ...needed];
}

function manifestOf({ inspection: { manifest } }: Facts): Manifest | undefined {
  return manifest && parseManifest(manifest.json);
}

/** For a library that is open already, perhaps without a lock: then its file must still be what was opened. */
function ensureLockedNow(library: Library, lock: Lock): void {
  if (!library.sha256 && library.stale) {
    throw new LockError(lock.path, `${library.path} was changed since it was opened without a lock`, {
      hint: 'open it with the lock from the beginning',
    });
  }
  ensureLocked(lock, library.path, library.manifest, bytesOf(lock, library.path, library));
}

/** @throws LockError when nobody can say any more which bytes were opened */
function bytesOf(
  lock: Lock,
  path: string,
  { sha256, needed }: Pick<Facts, 'sha256'> & { needed: readonly LockedNeed[] },
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

/** Another library may have been open by that name, and then it was taken. */
function refuseOther(name: string, path: string, needed: LockedNeed): void {
  const open = addon().openAs(needed.name, needed.path);
  if (open?.same) return;
  throw new OpenError(name, `${path} needs ${needed.path}, and got ${open?.path ?? 'another library'} in its place`, {
    hint: 'isolate it (--isolate), or use a new process: constructors of both have run',
  });
}

function inRegistry(name: string, path: string, load: Parameters<NativeRegistry['open']>[1]): number {
  try {
    return addon().registry.open(path, load);
  } catch (cause) {
    switch (cause instanceof Error && 'code' in cause && cause.code) {
      case 'GONE':
        throw new RealpathError(name, 'the file is gone', { cause });
      case 'CHANGED':
        throw new OpenError(name, `${path}: the file was changed while it was being opened`, {
          cause,
          hint: 'open it again when whoever writes it has finished, in a new process: parts of it have run',
        });
      case 'OPENS_ITSELF':
        throw new OpenError(name, `${path}: it is opened by its own constructor`, {
          cause,
          hint: 'this is a fault of the plugin; tell its author',
        });
      case 'OTHER':
        throw new OpenError(name, `${path}: ${reasonOf(cause)} was open by that name and was taken in its place`, {
          cause,
          hint: 'a library calls itself by the path of this one (its SONAME); isolate it (--isolate), or use a new process: constructors of both may have run',
        });
      case 'PIN':
        throw new OpenError(name, reasonOf(cause), { cause });
      default:
        throw cause;
    }
  }
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

function load(name: string, file: string): LibraryHandle {
  const known = handles.get(file);
  if (known) return known;
  try {
    const handle = insidePlugin(name, 'load (a constructor of the library)', () => openLibrary(file));
    handles.set(file, handle);
    return handle;
  } catch (cause) {
    const reason = loaderReason(file, reasonOf(cause));
    throw new OpenError(name, reason, { cause, ...loaderHint(reason) });
  }
}

/** The system's own words, which begin with the file that is to blame. koffi cuts that off when it is this one. */
function loaderReason(path: string, message: string): string {
  const reason = message.replace(/^Failed to load shared library: /, '');
  const namesFile = /^\S*(\/|\.so)\S*: /.test(reason);
  return namesFile ? reason : `${path}: ${reason}`;
}
