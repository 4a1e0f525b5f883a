import { endianness } from 'node:os';
import { ABI_MAJOR, ABI_MINOR } from '../contract/constants.js';
import { type Manifest, parseManifest } from '../contract/manifest.js';
import { structs } from '../contract/structs.js';
import {
  AbiError,
  ManifestError,
  NoNewPluginError,
  PanicAbortError,
  reasonOf,
  SymbolNotFoundError,
  TypeAssertionError,
  WrongPlatformError,
} from '../errors.js';
import { hostArchitecture, hostSystem } from '../inspect/architecture.js';
import type { Inspection } from '../inspect/inspection.js';
import type { ManifestText } from '../inspect/manifest-text.js';
import { nearest } from './nearest.js';

/**
 * Decides by what a file says of itself whether it may be opened here, before anything of it runs.
 * @throws WrongPlatformError, AbiError, ManifestError
 */
export function judgeLibrary(path: string, inspection: Inspection): Manifest | undefined {
  judgePlatform(path, inspection);
  return inspection.manifest && judgeManifest(path, inspection.manifest);
}

/** A panic of such a library ends the process that it is in, which may be no other than its own. @throws PanicAbortError */
export function refusePanicAbort(path: string, manifest: Manifest | undefined): void {
  if (manifest?.panic === 'abort') throw new PanicAbortError(path);
}

/**
 * Decides whether it can be a plugin.
 * @throws NoNewPluginError, TypeAssertionError
 */
export function judgePlugin(path: string, { symbols }: Inspection): void {
  const entry = symbols.find(({ name }) => name === 'NewPlugin');
  if (!entry) {
    const names = symbols.map(({ name }) => name);
    throw new NoNewPluginError(path, {
      cause: new SymbolNotFoundError('NewPlugin', path, nearest('NewPlugin', names)),
    });
  }
  const least = structs.plug_plugin.size;
  // Where the file does not say its size, what it holds will tell.
  if (entry.kind === 'data' && entry.size > 0 && entry.size < least) {
    const found = `NewPlugin is a data object of ${entry.size} bytes, not a plug_plugin (>= ${least} bytes)`;
    throw new TypeAssertionError(path, found);
  }
}

function judgePlatform(path: string, { architecture, os, bits, endian }: Inspection): void {
  const found = `${architecture} ${os}, ${bits} bits, ${endian} endian`;
  const here = {
    bits: ['ia32', 'arm'].includes(process.arch) ? 32 : 64,
    endian: endianness() === 'LE' ? 'little' : 'big',
  };
  const wanted = `${hostArchitecture} ${hostSystem}, ${here.bits} bits, ${here.endian} endian`;
  if (found !== wanted) throw new WrongPlatformError(path, found, wanted);
}

function judgeManifest(path: string, { abi, json }: ManifestText): Manifest {
  // Another major may state its manifest otherwise, so this comes before the JSON is read.
  if (abi.major !== ABI_MAJOR) throw new AbiError(path, `${abi.major}.${abi.minor}`, `${ABI_MAJOR}.${ABI_MINOR}`);
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}
