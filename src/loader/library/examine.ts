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
  /** The plugins that may be opened, or the path of the file that lists them: see `host lock`. */
  lock?: Lock | string | undefined;
  /** Open it even if others than root and this user may write it, what it needs, or a folder above them. */
  allowWritable?: boolean | undefined;
  /** A further decision before anything of the library runs; refuses by throwing. */
  judge?: ((path: string, inspection: Inspection, needed: readonly OwnLibrary[]) => void) | undefined;
}

/** What is known of a library that may be opened. */
interface Judged {
  inspection: Inspection;
  manifest: Manifest | undefined;
  /** With a lock, of the bytes that are opened. */
  sha256: string | undefined;
}

/** A library that may be opened in this process. Its private copy, if there is one, stays until it is disposed of. */
export interface Examined extends Judged, Disposable {
  /** What is to be opened: the path, or a private copy. */
  file: string;
  /** What it needs and the system does not bring; with a lock, with hashes. */
  needed: (NeededFile & { sha256: string | undefined })[];
}

/**
 * Reads a library and decides whether it may be opened; runs nothing of it.
 * @param path the real one
 * @param options with `copy` what was examined is what will be opened, whatever is written to the file meanwhile; a lock
 * demands that anyway. A library that needs others which the system does not bring is opened where it lies, since it may
 * look for them beside itself; with a lock it must then be trusted, whatever `allowWritable` says.
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
  return examineWhereItLies(path, lock, options);
}

/** Devices and pipes may be written by everybody, and must stay so. @throws NotALibraryError */
function refuseNoFile(path: string): void {
  const facts = statSync(path, { throwIfNoEntry: false });
  if (!facts || facts.isFile()) return;
  throw new NotALibraryError(path, facts.isDirectory() ? 'it is a directory' : 'it is not a regular file');
}

/** Nobody else can change what is hashed between that and its opening. */
function examineWhereItLies(path: string, lock: Lock, options: ExamineOptions): Examined {
  ensureTrusted(path);
  const read = (needed: string) => ({ inspection: inspect(needed), sha256: sha256Of(needed) });
  const { needed, ...judged } = judgeFile(path, path, lock, { ...options, allowWritable: false }, read);
  return { file: path, ...judged, needed: needed.files, [Symbol.dispose]() {} };
}

/** A library that may be opened elsewhere, any number of times: the copies that were judged are what is opened. */
export interface Sealed extends Judged, Disposable {
  copy: NativeSealedFile;
  /** What it needs and the system does not bring, each behind all that it needs itself. */
  needed: (NeededFile & { copy: NativeSealedFile })[];
}

/**
 * As `examine`, for a plugin that is to be started by other processes: what is read and judged are copies that nobody
 * can change, of the library and of what it needs. They are given back when the result is disposed of, and no plugin
 * runs from them.
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

/** What messages call a plugin: the manifest's name, else the file's. */
export function labelOf(path: string, manifest: Manifest | undefined): string {
  return manifest?.name ?? cleaned(basename(path, extname(path)).replace(/^lib/, ''));
}

/** @param file where the bytes are that will be opened */
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
