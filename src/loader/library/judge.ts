import { ABI_MAJOR, ABI_MINOR } from '../../contract/constants.js';
import { type Manifest, parseManifest } from '../../contract/manifest.js';
import { structs } from '../../contract/structs.js';
import {
  AbiError,
  ExecutableMemoryError,
  ManifestError,
  MemoryLimitError,
  NoNewPluginError,
  PanicAbortError,
  reasonOf,
  SymbolNotFoundError,
  TypeAssertionError,
  WrongPlatformError,
} from '../../errors/index.js';
import { hostArchitecture, hostEndian, hostSystem } from '../../inspect/architecture.js';
import type { Inspection } from '../../inspect/inspection.js';
import type { ManifestText } from '../../inspect/manifest-text.js';
import { nearest } from '../../text/nearest.js';
import type { OwnLibrary } from './needed-files.js';

/*
 * To judge a library is to decide from its files alone, before any of its code runs, whether it may be opened. A judge
 * refuses by throwing.
 */

/**
 * Judges that a library fits this machine and this host, and returns its manifest.
 * @param needed the libraries that it needs and that the system does not provide
 * @throws WrongPlatformError, ExecutableMemoryError, AbiError, ManifestError
 */
export function judgeLibrary(
  path: string,
  inspection: Inspection,
  needed: readonly OwnLibrary[],
): Manifest | undefined {
  judgePlatform(path, inspection);
  judgeStack(path, inspection);
  for (const own of needed) judgeStack(path, own.inspection, own.path);
  return inspection.manifest && judgeManifest(path, inspection.manifest);
}

/** Refuses a library whose panic would end this process; it may only run isolated. @throws PanicAbortError */
export function refusePanicAbort(path: string, manifest: Manifest | undefined): void {
  if (manifest?.panic === 'abort') throw new PanicAbortError(path);
}

/**
 * Judges that a library can be a plugin: it exports NewPlugin.
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
  const { least } = structs.plug_plugin;
  // If the file does not state the size, the struct is checked after loading.
  if (entry.kind === 'data' && entry.size > 0 && entry.size < least) {
    const found = `NewPlugin is a data object of ${entry.size} bytes, not a plug_plugin (>= ${least} bytes)`;
    throw new TypeAssertionError(path, found);
  }
}

/**
 * Refuses a library for which the dynamic loader would make all stacks of the process executable. That weakens every
 * thread, and it fails for a thread whose stack the loader did not allocate.
 */
function judgeStack(path: string, { format, hardening }: Inspection, needed?: string): void {
  if (format !== 'ELF' || !hardening.executableStack) return;
  throw new ExecutableMemoryError(
    path,
    `${needed ? `it needs ${needed}, which` : 'it'} makes the stack of the process executable`,
    'its author must link it with -Wl,-z,noexecstack; what is written in assembly ends with .section .note.GNU-stack,"",%progbits',
  );
}

/**
 * Judges that a library works in the sandbox, where no memory is both writable and executable.
 * @throws ExecutableMemoryError
 */
export function judgeForSandbox(path: string, inspection: Inspection, needed: readonly OwnLibrary[]): void {
  for (const { path: file, inspection: of } of [{ path, inspection }, ...needed]) {
    const it = file === path ? 'it' : `it needs ${file}, which`;
    const { writableCode, textRelocations } = of.hardening;
    if (writableCode)
      throw new ExecutableMemoryError(
        path,
        `${it} has code that may be written to, which no sandbox holds`,
        'its author must link it without -N (--omagic), or use it with --isolate alone',
      );
    if (textRelocations)
      throw new ExecutableMemoryError(
        path,
        `${it} has its code changed while it is loaded, which no sandbox allows`,
        'its author must compile all of it with -fPIC, or use it with --isolate alone',
      );
  }
}

/** Judges that the data of a library fit into the memory limit of its process. @throws MemoryLimitError */
export function judgeMemory(path: string, inspection: Inspection, needed: readonly OwnLibrary[], limit: number): void {
  if (limit === 0) return;
  const own = [{ inspection }, ...needed];
  const data = own.reduce((sum, library) => sum + (library.inspection.writableMemory ?? 0), 0);
  if (data > limit) throw new MemoryLimitError(path, data, limit);
}

function judgePlatform(path: string, { architecture, os, bits, endian }: Inspection): void {
  const found = `${architecture} ${os}, ${bits} bits, ${endian} endian`;
  const here = {
    bits: ['ia32', 'arm'].includes(process.arch) ? 32 : 64,
    endian: hostEndian,
  };
  const wanted = `${hostArchitecture} ${hostSystem}, ${here.bits} bits, ${here.endian} endian`;
  if (found !== wanted) throw new WrongPlatformError(path, found, wanted);
}

/**
 * Returns the manifest of a plugin for this version of the contract.
 * @throws AbiError, ManifestError
 */
export function judgeManifest(path: string, { abi, json }: ManifestText): Manifest {
  // Another major version may have another manifest format, so check the version before reading the JSON.
  if (abi.major !== ABI_MAJOR) throw new AbiError(path, `${abi.major}.${abi.minor}`, `${ABI_MAJOR}.${ABI_MINOR}`);
  try {
    return parseManifest(json);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}
