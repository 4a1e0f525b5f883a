import type { FileBytes } from './file-bytes.js';
import { type ExportedSymbol, FormatError, type LibraryFile, MOST_MANIFEST } from './inspection.js';
import { Layout } from './layout.js';
import { MANIFEST_SYMBOL } from './manifest-text.js';
import { MOST_NAMES, MOST_SYMBOLS } from './names.js';

// Numbers are those of Microsoft's "PE Format".
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
const MOST_SECTIONS = 96;
const MOST_IMPORTS = 4096;
const MOST_NAME = 4096;

interface Section {
  address: number;
  size: number;
  offset: number;
  executable: boolean;
}

interface Image {
  file: FileBytes;
  sections: readonly Section[];
}

const layout = new Layout(false, true);

/**
 * Reads a DLL by its section table, as the loader of Windows does.
 * @throws FormatError when it is no DLL, or its headers lead out of the file
 */
export function readPe(file: FileBytes): LibraryFile {
  const header = layout.u32(file.read(0x3c, 4), 0);
  const coff = file.read(header, 24);
  if (coff.toString('latin1', 0, 4) !== 'PE\0\0') throw new FormatError('is a program of DOS, not a shared library');
  if ((layout.u16(coff, 22) & IS_DLL) === 0) throw new FormatError('is a program of Windows, not a shared library');
  const optional = file.read(header + 24, layout.u16(coff, 20));
  const wide = optional.length >= 2 && layout.u16(optional, 0) === WIDE;
  if (!wide && (optional.length < 2 || layout.u16(optional, 0) !== NARROW)) {
    throw new FormatError('is damaged: its optional header is of an unknown kind');
  }
  const directories = wide ? 112 : 96;
  if (optional.length < directories) throw new FormatError('is damaged: its optional header is too short');
  const directory = (index: number) => {
    const at = directories + index * 8;
    if (index >= layout.u32(optional, directories - 4) || at + 8 > optional.length) return { address: 0, size: 0 };
    return { address: layout.u32(optional, at), size: layout.u32(optional, at + 4) };
  };
  const image = { file, sections: readSections(file, header + 24 + optional.length, layout.u16(coff, 6)) };
  const symbols = readExports(image, directory(EXPORTS));
  const flags = layout.u16(optional, 70);
  return {
    format: 'PE',
    bits: wide ? 64 : 32,
    endian: 'little',
    architecture: ARCHITECTURES[layout.u16(coff, 4)] ?? `machine ${layout.u16(coff, 4)}`,
    os: 'windows',
    symbols,
    needed: readImports(image, directory(IMPORTS).address),
    runPath: [],
    hardening: {
      noExecute: (flags & NX_COMPAT) !== 0,
      randomAddress: (flags & DYNAMIC_BASE) !== 0,
      controlFlowGuard: (flags & GUARD_CF) !== 0,
    },
    manifest: readManifest(image, symbols),
  };
}

function readSections(file: FileBytes, offset: number, count: number): Section[] {
  if (count > MOST_SECTIONS) throw new FormatError(`is damaged: it claims ${count} sections`);
  const table = file.read(offset, count * 40);
  return Array.from({ length: count }, (_, i) => {
    const at = i * 40;
    return {
      address: layout.u32(table, at + 12),
      // Behind what the file holds, memory is zero.
      size: Math.min(layout.u32(table, at + 8) || layout.u32(table, at + 16), layout.u32(table, at + 16)),
      offset: layout.u32(table, at + 20),
      executable: (layout.u32(table, at + 36) & SECTION_EXECUTABLE) !== 0,
    };
  });
}

function sectionAt({ sections }: Image, address: number): Section | undefined {
  return sections.find((section) => address >= section.address && address - section.address < section.size);
}

/** Reads by the address that the bytes have relative to the library's start, once it is loaded. */
function readAt(image: Image, address: number, length: number): Buffer {
  const bytes = readUpTo(image, address, length);
  if (bytes.length < length) throw new FormatError('is damaged: its headers point outside of its sections');
  return bytes;
}

/** As `readAt`, but less when the section ends before. */
function readUpTo(image: Image, address: number, most: number): Buffer {
  const section = sectionAt(image, address);
  if (!section) throw new FormatError('is damaged: its headers point outside of its sections');
  const inside = address - section.address;
  return image.file.read(section.offset + inside, Math.min(most, section.size - inside));
}

function nameAt(image: Image, address: number): string {
  const piece = readUpTo(image, address, MOST_NAME);
  const end = piece.indexOf(0);
  if (end < 0) throw new FormatError('is damaged: a name has no end');
  return piece.toString('utf8', 0, end);
}

/** What is exported by name. What is forwarded to another library is not this one's own. */
function readExports(image: Image, { address, size }: { address: number; size: number }): ExportedSymbol[] {
  if (address === 0) return [];
  const directory = readAt(image, address, 40);
  const [functions, names] = [layout.u32(directory, 20), layout.u32(directory, 24)];
  if (functions > MOST_SYMBOLS || names > MOST_SYMBOLS) {
    throw new FormatError(`claims ${Math.max(functions, names)} symbols, which is too many`);
  }
  if (names === 0) return [];
  const addresses = readAt(image, layout.u32(directory, 28), functions * 4);
  const nameTable = readAt(image, layout.u32(directory, 32), names * 4);
  const ordinals = readAt(image, layout.u32(directory, 36), names * 2);
  const symbols: ExportedSymbol[] = [];
  // Names may overlap, so many symbols could share one long name.
  let left = MOST_NAMES;
  for (let i = 0; i < names; i++) {
    const ordinal = layout.u16(ordinals, i * 2);
    if (ordinal >= functions) throw new FormatError('is damaged: a symbol has no address');
    const offset = layout.u32(addresses, ordinal * 4);
    const name = nameAt(image, layout.u32(nameTable, i * 4));
    left -= name.length;
    if (left < 0) throw new FormatError('is damaged: its symbols have too many bytes of names');
    const forwarded = offset >= address && offset < address + size;
    if (offset === 0 || forwarded) continue;
    const executable = image.sections.some(
      (section) => section.executable && offset >= section.address && offset - section.address < section.size,
    );
    symbols.push({ name, kind: executable ? 'function' : 'data', size: 0, offset });
  }
  return symbols;
}

function readImports(image: Image, address: number): string[] {
  if (address === 0) return [];
  const names: string[] = [];
  for (let at = address; names.length < MOST_IMPORTS; at += 20) {
    const name = layout.u32(readAt(image, at, 20), 12);
    if (name === 0) return names;
    names.push(nameAt(image, name));
  }
  throw new FormatError('is damaged: the list of what it needs has no end');
}

function readManifest(image: Image, symbols: readonly ExportedSymbol[]): Buffer | undefined {
  const symbol = symbols.find(({ name, kind }) => name === MANIFEST_SYMBOL && kind === 'data');
  return symbol && readUpTo(image, symbol.offset, MOST_MANIFEST);
}
