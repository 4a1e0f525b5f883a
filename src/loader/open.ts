import { realpathSync } from 'node:fs';
import { endianness } from 'node:os';
import { addon } from '../addon.js';
import { ABI_MAJOR, ABI_MINOR } from '../contract/constants.js';
import { koffi } from '../contract/koffi.js';
import { type Manifest, parseManifest } from '../contract/manifest.js';
import { AbiError, ManifestError, OpenError, RealpathError, reasonOf, WrongPlatformError } from '../errors.js';
import { inspect } from '../inspect/inspect.js';
import type { Inspection } from '../inspect/inspection.js';
import type { ManifestText } from '../inspect/manifest-text.js';
import { Library } from './library.js';

const libraries = new Map<string, Library>();

// Node's names, as compilers say them; the others are the same.
const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  ia32: 'i386',
  riscv64: 'riscv',
  loong64: 'loongarch',
};

/**
 * Opens a library as Go's `plugin.Open` does: the real path is the key, the same file gives the same object, and its
 * constructors run once, before this returns. The file is read and judged first; what is refused has run no code.
 * @throws RealpathError, InputError, NotALibraryError, WrongPlatformError, ManifestError, AbiError, OpenError
 */
export function open(name: string): Library {
  const path = realpath(name);
  const known = libraries.get(path);
  if (known) return known;
  const inspection = inspect(path);
  decidePlatform(path, inspection);
  const manifest = inspection.manifest && decideManifest(path, inspection.manifest);
  const library = new Library(path, load(name, path), inspection, manifest);
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

function decidePlatform(path: string, { architecture, os, bits, endian }: Inspection): void {
  const found = `${architecture} ${os}, ${bits} bits, ${endian} endian`;
  const here = {
    architecture: ARCHITECTURES[process.arch] ?? process.arch,
    bits: ['ia32', 'arm'].includes(process.arch) ? 32 : 64,
    endian: endianness() === 'LE' ? 'little' : 'big',
  };
  const wanted = `${here.architecture} ${process.platform}, ${here.bits} bits, ${here.endian} endian`;
  if (found !== wanted) throw new WrongPlatformError(path, found, wanted);
}

function decideManifest(path: string, { abi, json }: ManifestText): Manifest {
  // Another major may state its manifest otherwise, so this comes before the JSON is read.
  if (abi.major !== ABI_MAJOR) throw new AbiError(path, `${abi.major}.${abi.minor}`, `${ABI_MAJOR}.${ABI_MINOR}`);
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}

function load(name: string, path: string): ReturnType<typeof koffi.load> {
  try {
    // RTLD_NOW and RTLD_LOCAL, unless koffi is told otherwise.
    const handle = koffi.load(path);
    // koffi unloads what the garbage collector drops.
    addon().pin(path);
    return handle;
  } catch (cause) {
    throw new OpenError(name, loaderReason(path, reasonOf(cause)), { cause });
  }
}

/** The system's own words, which begin with the file that is to blame. koffi cuts that off when it is this one. */
function loaderReason(path: string, message: string): string {
  const reason = message.replace(/^Failed to load shared library: /, '');
  const namesFile = /^\S*(\/|\.so)\S*: /.test(reason);
  return namesFile ? reason : `${path}: ${reason}`;
}
