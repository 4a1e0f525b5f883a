import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import type { NativeSealedFile } from '../../addon/sealed-file.js';
import { addon } from '../../addon.js';
import type { Manifest } from '../../contract/manifest.js';
import { InputError, NotALibraryError, reasonOf } from '../../errors/index.js';
import { inspect } from '../../inspect/inspect.js';
import type { Inspection } from '../../inspect/inspection.js';
import { cleaned } from '../../text/printable.js';
import { runnerErrorOf } from '../isolated/runner-error.js';
import { ensureLocked, type Lock, type LockedFile, lockOf, sha256Of } from '../trust/lock-file.js';
import { ensureTrusted } from '../trust/trust.js';
import { judgeLibrary } from './judge.js';
import { type NeededFile, neededFiles, type OwnLibrary } from './needed-files.js';
import { PrivateCopy } from './private-copy.js';

export interface ExamineOptions {
  /** The plugins that may be opened, or the path of the file that lists them: see `plughost lock`. */
  lock?: Lock | string | undefined;
  /**
   * Open it even if users other than root and this one may write it, a library that it needs, or a folder above them.
   */
  allowWritable?: boolean | undefined;
  /** Decides further, before any code of the library runs, whether it may be opened; refuses by throwing. */
  judge?: ((path: string, inspection: Inspection, needed: readonly OwnLibrary[]) => void) | undefined;
}

/** A library that may be opened: it was inspected and judged, and with a lock hashed and compared. */
interface Judged {
  inspection: Inspection;
  manifest: Manifest | undefined;
  /** Of the bytes that will be opened; only with a lock. */
  sha256: string | undefined;
}

/** A library that may be opened in this process. Disposing removes its private copy, if there is one. */
export interface Examined extends Judged, Disposable {
  /** The file to open: the path, or a private copy. */
  file: string;
  /** The libraries that it needs and that the system does not provide; with a lock, with hashes. */
  needed: (NeededFile & { sha256: string | undefined })[];
}

/**
 * Inspects, judges and, with a lock, hashes a library and the libraries that it needs. Runs none of their code.
 * @param path the real path
 * @param options With `copy` or a lock, the examined library is a private copy, so later writes to the file have no
 * effect. Except: with a lock, a library that needs others must be opened at its own path, because the loader searches
 * beside it; then it must be trusted, whatever `allowWritable` says.
 * @throws UntrustedFileError, InputError, NotALibraryError, WrongPlatformError, ManifestError, AbiError, LockError
 */
export function examine(path: string, { copy = false, ...options }: ExamineOptions & { copy?: boolean }): Examined {
  const lock = options.lock === undefined ? undefined : lockOf(options.lock);
  refuseNoFile(path);
  if (!options.allowWritable) ensureTrusted(path);
  const own = copy || lock ? new PrivateCopy(path) : undefined;
  try {
    const file = own?.file ?? path;
    const read = (needed: string) => ({ inspection: inspect(needed), sha256: lock && sha256Of(needed) });
    const { needed, ...judged } = judgeFile(path, file, lock, options, read);
    if (!lock || copy || needed.files.length === 0) {
      return { file, ...judged, needed: needed.files, [Symbol.dispose]: () => own?.[Symbol.dispose]() };
    }
  } catch (error) {
    own?.[Symbol.dispose]();
    throw error;
  }
  own?.[Symbol.dispose]();
  return examineInPlace(path, lock, options);
}

/**
 * Refuses devices and pipes first, because ensureTrusted would advise to change their mode. @throws NotALibraryError
 */
function refuseNoFile(path: string): void {
  const status = statSync(path, { throwIfNoEntry: false });
  if (!status || status.isFile()) return;
  throw new NotALibraryError(path, status.isDirectory() ? 'it is a directory' : 'it is not a regular file');
}

/** Examines a library at its own path. It is trusted, so other users cannot change it between hashing and opening. */
function examineInPlace(path: string, lock: Lock, options: ExamineOptions): Examined {
  ensureTrusted(path);
  const read = (needed: string) => ({ inspection: inspect(needed), sha256: sha256Of(needed) });
  const { needed, ...judged } = judgeFile(path, path, lock, { ...options, allowWritable: false }, read);
  return { file: path, ...judged, needed: needed.files, [Symbol.dispose]() {} };
}

/** A library that may be loaded by runners, any number of times: they load the copies that were judged. */
export interface Sealed extends Judged, Disposable {
  copy: NativeSealedFile;
  /** The libraries that it needs and that the system does not provide, each after all that it needs itself. */
  needed: (NeededFile & { copy: NativeSealedFile })[];
}

/**
 * As `examine`, for an isolated plugin: copies the library and the libraries that it needs into sealed memory, and
 * inspects, judges and hashes these copies. Disposing closes them, except those that a plugin still uses.
 * @throws what `examine` throws, and OpenError
 */
export function examineSealed(path: string, options: ExamineOptions): Sealed {
  const lock = options.lock === undefined ? undefined : lockOf(options.lock);
  refuseNoFile(path);
  if (!options.allowWritable) ensureTrusted(path);
  const copies: NativeSealedFile[] = [];
  const dispose = () => {
    for (const copy of copies) copy.close();
  };
  const seal = (file: string) => {
    const copy = sealed(file);
    copies.push(copy);
    return { copy, place: `/proc/self/fd/${copy.descriptor}` };
  };
  try {
    const { copy, place } = seal(path);
    const read = (needed: string) => {
      const own = seal(needed);
      const inspection = inspect(needed, { file: own.place });
      return { copy: own.copy, inspection, sha256: lock && sha256Of(own.place) };
    };
    const { needed, ...judged } = judgeFile(path, place, lock, options, read);
    return { copy, ...judged, needed: needed.inOrder(), [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function sealed(path: string): NativeSealedFile {
  try {
    return new (addon().SealedFile)(path);
  } catch (cause) {
    const { operation, errno } = cause as { operation?: string; errno?: number };
    if (operation && errno) throw runnerErrorOf(`the process of plugin ${labelOf(path, undefined)}`, operation, errno);
    throw new InputError(path, 'copy', reasonOf(cause), { cause });
  }
}

/** Returns the name of a plugin in messages: the manifest's name, or else the file's. */
export function labelOf(path: string, manifest: Manifest | undefined): string {
  return manifest?.name ?? cleaned(basename(path, extname(path)).replace(/^lib/, ''));
}

/** @param file holds the bytes that will be opened: the path or a copy */
function judgeFile<T extends { inspection: Inspection; sha256: string | undefined }>(
  path: string,
  file: string,
  lock: Lock | undefined,
  options: ExamineOptions,
  read: (path: string) => T,
) {
  const inspection = inspect(path, { file });
  const needed = neededFiles(path, inspection, { file, trusting: options.allowWritable ?? false, read });
  const manifest = judgeLibrary(path, inspection, needed.files);
  options.judge?.(path, inspection, needed.files);
  const sha256 = lock && sha256Of(file);
  if (lock) ensureLocked(lock, path, manifest, { sha256: sha256 ?? '', needed: lockedFiles(needed.files) });
  return { inspection, manifest, sha256, needed };
}

const lockedFiles = (files: readonly (NeededFile & { sha256: string | undefined })[]): LockedFile[] =>
  files.map(({ names, sha256 }) => ({ name: names[0] ?? '', sha256: sha256 ?? '' }));
