import type { FileBytes } from '../file-bytes.js';
import { type ExportedSymbol, FormatError, type LibraryFile, MAX_MANIFEST } from '../inspection.js';
import { Layout } from '../layout.js';
import { MANIFEST_SYMBOL } from '../manifest-text.js';
import { PeImage, type Section } from './pe-image.js';
import { readExports, readImportedLibraries, readImports } from './pe-symbols.js';

// The numbers are from Microsoft's "PE Format".
const ARCHITECTURES: Record<number, string> = {
  332: 'i386',
  452: 'arm',
  20580: 'riscv',
  34404: 'x86_64',
  43620: 'aarch64',
};
const IS_DLL = 0x2000;
const WIDE = 0x20b;
const NARROW = 0x10b;
const EXPORTS = 0;
const IMPORTS = 1;
const SECTION_EXECUTABLE = 0x20000000;
const DYNAMIC_BASE = 0x40;
const NX_COMPAT = 0x100;
const GUARD_CF = 0x4000;
const MAX_SECTIONS = 96;

const layout = new Layout(false, true);

/**
 * Reads a DLL by its section table, as the loader of Windows does.
 * @throws FormatError when it is not a DLL, or its headers point outside of the file
 */
export function readPe(file: FileBytes): LibraryFile {
  const header = layout.of(file.read(0x3c, 4)).u32(0);
  const signature = file.read(header, 24);
  if (signature.toString('latin1', 0, 4) !== 'PE\0\0')
    throw new FormatError('is a program of DOS, not a shared library');
  const coff = layout.of(signature);
  if ((coff.u16(22) & IS_DLL) === 0) throw new FormatError('is a program of Windows, not a shared library');
  const optional = layout.of(file.read(header + 24, coff.u16(20)));
  const wide = optional.length >= 2 && optional.u16(0) === WIDE;
  if (!wide && (optional.length < 2 || optional.u16(0) !== NARROW)) {
    throw new FormatError('is damaged: its optional header is of an unknown kind');
  }
  const directories = wide ? 112 : 96;
  if (optional.length < directories) throw new FormatError('is damaged: its optional header is too short');
  const directory = (index: number) => {
    const at = directories + index * 8;
    if (index >= optional.u32(directories - 4) || at + 8 > optional.length) return { address: 0, size: 0 };
    return { address: optional.u32(at), size: optional.u32(at + 4) };
  };
  const image = new PeImage(file, readSections(file, header + 24 + optional.length, coff.u16(6)), wide);
  const symbols = readExports(image, directory(EXPORTS));
  const libraries = readImportedLibraries(image, directory(IMPORTS).address);
  const flags = optional.u16(70);
  return {
    format: 'PE',
    bits: wide ? 64 : 32,
    endian: 'little',
    architecture: ARCHITECTURES[coff.u16(4)] ?? `machine ${coff.u16(4)}`,
    os: 'windows',
    symbols,
    needed: libraries.map(({ name }) => name),
    runPath: [],
    hardening: {
      noExecute: (flags & NX_COMPAT) !== 0,
      randomAddress: (flags & DYNAMIC_BASE) !== 0,
      controlFlowGuard: (flags & GUARD_CF) !== 0,
    },
    imports: () => readImports(image, wide, libraries),
    manifest: readManifest(image, symbols),
  };
}

function readSections(file: FileBytes, offset: number, count: number): Section[] {
  if (count > MAX_SECTIONS) throw new FormatError(`is damaged: it claims ${count} sections`);
  const table = layout.of(file.read(offset, count * 40));
  return Array.from({ length: count }, (_, i) => {
    const at = i * 40;
    const [size, inFile] = [table.u32(at + 8), table.u32(at + 16)];
    return {
      address: table.u32(at + 12),
      // Memory after the bytes of the file is zero, so only the file's part can be read.
      size: Math.min(size || inFile, inFile),
      offset: table.u32(at + 20),
      executable: (table.u32(at + 36) & SECTION_EXECUTABLE) !== 0,
    };
  });
}

function readManifest(image: PeImage, symbols: readonly ExportedSymbol[]): Buffer | undefined {
  const symbol = symbols.find(({ name, kind }) => name === MANIFEST_SYMBOL && kind === 'data');
  return symbol && image.readUpTo(symbol.offset, MAX_MANIFEST);
}
