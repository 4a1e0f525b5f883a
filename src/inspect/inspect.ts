import { type Check, checked } from '../arguments/argument.js';
import { boolean, objectOf, optional } from '../arguments/checks.js';
import { type Path, path as pathOf } from '../arguments/paths.js';
import { InputError, ManifestError, NotALibraryError, reasonOf } from '../errors/index.js';
import { hostArchitecture } from './architecture.js';
import { readElf } from './elf/elf.js';
import { FileBytes } from './file-bytes.js';
import { FormatError, type Inspection, type LibraryFile } from './inspection.js';
import { readMachO } from './mach-o/mach-o.js';
import { type ManifestText, splitManifest } from './manifest-text.js';
import { readPe } from './pe/pe.js';
import { isWasm, readWasm } from './wasm/wasm.js';

/** How to inspect a file. */
export interface InspectOptions {
  /** Also list the imported symbols. Opening does not need them. */
  imports?: boolean | undefined;
  /** The file to read instead, for instance a copy; messages still name the path. */
  file?: Path | undefined;
}

type CheckedOptions = Omit<InspectOptions, 'file'> & { file?: string };

const inspectOptions: Check<CheckedOptions> = objectOf<InspectOptions, CheckedOptions>('an object of options', {
  imports: optional(boolean),
  file: optional(pathOf) as typeof pathOf,
});

/**
 * Reads the file of a library without running its code: ELF, Mach-O or PE, for any machine, or a WebAssembly module. Reads
 * only the tables of a large library.
 * @throws NotALibraryError when it is damaged or not a library; ManifestError when its manifest does not have the three
 * parts; InputError when the file cannot be read; UsageError
 */
export function inspect(library: Path, options: InspectOptions = {}): Inspection {
  const path = checked('inspect', 'path', library, pathOf);
  return inspectChecked(path, checked('inspect', 'options', options, inspectOptions));
}

function inspectChecked(path: string, options: CheckedOptions): Inspection {
  try {
    using file = new FileBytes(options.file ?? path);
    const { manifest, imports, ...rest } = readLibrary(file);
    return {
      ...rest,
      ...(options.imports && { imports: imports() }),
      manifest: manifest && manifestOf(path, manifest),
    };
  } catch (error) {
    if (error instanceof FormatError) throw new NotALibraryError(path, `it ${error.message}`);
    if (error instanceof Error && 'syscall' in error) {
      throw new InputError(path, 'read', reasonOf(error), { cause: error });
    }
    throw error;
  }
}

function readLibrary(file: FileBytes): LibraryFile {
  const start = file.read(0, Math.min(16, file.size));
  switch (formatOf(start)) {
    case 'ELF':
      return readElf(file);
    case 'Mach-O':
      return readMachO(file, hostArchitecture);
    case 'PE':
      return readPe(file);
    case 'WebAssembly':
      return readWasm(file.read(0, file.size));
    default:
      throw new FormatError(describe(start));
  }
}

function manifestOf(path: string, bytes: Buffer): ManifestText {
  try {
    return splitManifest(bytes);
  } catch (cause) {
    throw new ManifestError(path, reasonOf(cause), { cause });
  }
}

/** Returns the format by the first bytes. */
function formatOf(start: Buffer): Inspection['format'] | undefined {
  const [magic, next] = [readWord(start, 0), readWord(start, 4)];
  if (magic === 0x7f454c46) return 'ELF';
  if ([0xfeedface, 0xfeedfacf, 0xcefaedfe, 0xcffaedfe, 0xcafebabf].includes(magic)) return 'Mach-O';
  // A universal file has the number of architectures next. A Java class has its version there, which is at least 45.
  if (magic === 0xcafebabe && next < 45) return 'Mach-O';
  if (magic >>> 16 === 0x4d5a && !isText(start)) return 'PE';
  if (isWasm(start)) return 'WebAssembly';
  return undefined;
}

/** Reads a big-endian number of four bytes; missing bytes are zero. */
function readWord(start: Buffer, at: number): number {
  return [0, 1, 2, 3].reduce((word, i) => word * 256 + (start[at + i] ?? 0), 0);
}

function describe(start: Buffer): string {
  if (start.length === 0) return 'is empty';
  if (start.toString('latin1', 0, 2) === '#!') return 'is a script, not a shared library';
  if (isText(start)) return 'is a text file, not a shared library';
  return 'is not a shared library in a known format';
}

function isText(start: Buffer): boolean {
  return start.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 0x07 && byte <= 0x0d));
}
