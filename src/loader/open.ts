import { realpathSync } from 'node:fs';
import { addon } from '../addon.js';
import { ABI_MAJOR, ABI_MINOR } from '../contract/constants.js';
import { koffi } from '../contract/koffi.js';
import { type Manifest, type ManifestText, parseManifest, splitManifest } from '../contract/manifest.js';
import { AbiError, ManifestError, OpenError, RealpathError, reasonOf, WrongPlatformError } from '../errors.js';
import { inspect } from '../inspect/inspect.js';
import type { Inspection } from '../inspect/inspection.js';
import { Library } from './library.js';

const libraries = new Map<string, Library>();

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i386',
  arm: 'arm',
  riscv64: 'riscv',
  ppc64: 'ppc64',
  s390x: 's390x',
  loong64: 'loongarch',
};

/**
 * Opens a library as Go's `plugin.Open` does: the real path is the key, the same file gives the same object, and its
 * constructors run once, before this returns. The file is read and judged first; what is refused has run no code.
 * @throws RealpathError, NotALibraryError, WrongPlatformError, ManifestError, AbiError, OpenError
 */
export function open(name: string): Library {
  const path = realpath(name);
  const known = libraries.get(path);
  if (known) return known;
  const inspection = inspect(path);
  decidePlatform(path, inspection);
  const text = inspection.manifest && manifestOf(path, inspection.manifest);
  const library = new Library(path, load(name, path), inspection, text?.manifest, text);
  libraries.set(path, library);
  return library;
}

function realpath(name: string): string {
  // The system would cut the path at a NUL and open something else.
  if (name.includes('\0')) throw new RealpathError(name, { cause: new Error('the path has a NUL in it') });
  try {
    return realpathSync.native(name);
  } catch (cause) {
    throw new RealpathError(name, { cause });
  }
}

function decidePlatform(path: string, found: Inspection): void {
  const wanted = { architecture: ARCHITECTURES[process.arch] ?? process.arch, os: process.platform };
  if (found.architecture === wanted.architecture && found.os === wanted.os) return;
  throw new WrongPlatformError(path, `${found.architecture} ${found.os}`, `${wanted.architecture} ${wanted.os}`);
}

function manifestOf(path: string, bytes: Buffer): ManifestText & { manifest: Manifest } {
  let text: ManifestText;
  try {
    text = splitManifest(bytes);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
  // Another major may state its manifest otherwise, so this comes before the JSON is read.
  if (text.abi.major !== ABI_MAJOR) {
    throw new AbiError(path, `${text.abi.major}.${text.abi.minor}`, `${ABI_MAJOR}.${ABI_MINOR}`);
  }
  try {
    return { ...text, manifest: parseManifest(text.json) };
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}

function load(name: string, path: string) {
  try {
    const handle = koffi.load(path);
    // koffi unloads what the garbage collector drops.
    addon().pin(path);
    return handle;
  } catch (cause) {
    const reason = reasonOf(cause)
      .replace(/^Failed to load shared library: /, '')
      .replace(`${path}: `, '');
    throw new OpenError(name, reason, { cause });
  }
}
