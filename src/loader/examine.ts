import type { Manifest } from '../contract/manifest.js';
import { inspect } from '../inspect/inspect.js';
import type { Inspection } from '../inspect/inspection.js';
import { judgeLibrary } from './judge.js';
import { ensureLocked, type Lock, lockOf, sha256Of } from './lock-file.js';
import { PrivateCopy } from './private-copy.js';
import { ensureTrusted } from './trust.js';

export interface ExamineOptions {
  /** The plugins that may be opened, or the path of the file that lists them: see `host lock`. */
  lock?: Lock | string | undefined;
  /** Open it even if others than root and this user may write it, or its folder. */
  allowWritable?: boolean | undefined;
  /** A further decision before anything of the library runs; refuses by throwing. */
  judge?: ((path: string, inspection: Inspection) => void) | undefined;
}

/** A library that may be opened. Its private copy, if there is one, stays until it is disposed of. */
export interface Examined extends Disposable {
  /** What is to be opened: the path, or a private copy. */
  file: string;
  inspection: Inspection;
  manifest: Manifest | undefined;
  /** With a lock, of the bytes that are opened. */
  sha256: string | undefined;
}

/**
 * Reads a library and decides whether it may be opened; runs nothing of it.
 * @param path the real one
 * @param options with `copy` what was examined is what will be opened, whatever is written to the file meanwhile; a lock
 * demands that anyway
 * @throws UntrustedFileError, InputError, NotALibraryError, WrongPlatformError, ManifestError, AbiError, LockError
 */
export function examine(path: string, { copy = false, ...options }: ExamineOptions & { copy?: boolean }): Examined {
  const lock = options.lock === undefined ? undefined : lockOf(options.lock);
  if (!options.allowWritable) ensureTrusted(path);
  const own = copy || lock ? new PrivateCopy(path) : undefined;
  try {
    const file = own?.file ?? path;
    const inspection = inspect(file);
    const manifest = judgeLibrary(path, inspection);
    options.judge?.(path, inspection);
    const sha256 = lock && sha256Of(file);
    if (lock) ensureLocked(lock, path, manifest, sha256 ?? '');
    return { file, inspection, manifest, sha256, [Symbol.dispose]: () => own?.[Symbol.dispose]() };
  } catch (error) {
    own?.[Symbol.dispose]();
    throw error;
  }
}
