import { type ExportedSymbol, FormatError, type ImportedSymbol } from '../inspection.js';
import { MAX_SYMBOLS } from '../names.js';
import type { PeImage } from './pe-image.js';

// The numbers are from Microsoft's "PE Format", "The .edata Section" and "The .idata Section".
const MAX_LIBRARIES = 4096;

/** Reads the symbols that are exported by name, except those that are forwarded to another library. */
export function readExports(image: PeImage, { address, size }: { address: number; size: number }): ExportedSymbol[] {
  if (address === 0) return [];
  const directory = image.read(address, 40);
  const [functions, count] = [directory.u32(20), directory.u32(24)];
  if (functions > MAX_SYMBOLS || count > MAX_SYMBOLS) {
    throw new FormatError(`claims ${Math.max(functions, count)} symbols, which is too many`);
  }
  if (count === 0) return [];
  const addresses = image.read(directory.u32(28), functions * 4);
  const names = image.read(directory.u32(32), count * 4);
  const ordinals = image.read(directory.u32(36), count * 2);
  const symbols: ExportedSymbol[] = [];
  for (let i = 0; i < count; i++) {
    const ordinal = ordinals.u16(i * 2);
    if (ordinal >= functions) throw new FormatError('is damaged: a symbol has no address');
    const offset = addresses.u32(ordinal * 4);
    const forwarded = offset >= address && offset < address + size;
    if (offset === 0 || forwarded) continue;
    const kind = image.isExecutable(offset) ? 'function' : 'data';
    symbols.push({ name: image.nameAt(names.u32(i * 4)), kind, size: 0, offset });
  }
  return symbols;
}

interface ImportedLibrary {
  name: string;
  /** The address of the list of imported symbols. */
  list: number;
}

/** Reads the names of the needed libraries. @throws FormatError */
export function readImportedLibraries(image: PeImage, address: number): ImportedLibrary[] {
  if (address === 0) return [];
  const libraries: ImportedLibrary[] = [];
  for (let at = address; libraries.length < MAX_LIBRARIES; at += 20) {
    const descriptor = image.read(at, 20);
    if (descriptor.u32(12) === 0) return libraries;
    // The loader overwrites the second list, so prefer the first. Some linkers omit the first.
    libraries.push({ name: image.nameAt(descriptor.u32(12)), list: descriptor.u32(0) || descriptor.u32(16) });
  }
  throw new FormatError('is damaged: the list of what it needs has no end');
}

/** Reads the imported symbols. A symbol that is imported by number has the name `#12`. */
export function readImports(image: PeImage, wide: boolean, libraries: readonly ImportedLibrary[]): ImportedSymbol[] {
  const imports: ImportedSymbol[] = [];
  const entry = wide ? 8 : 4;
  for (const { name: library, list } of libraries) {
    for (let at = list; ; at += entry) {
      const thunk = image.read(at, entry);
      const value = thunk.word(0);
      if (value === 0) break;
      if (imports.length === MAX_SYMBOLS) throw new FormatError('claims too many symbols that it needs');
      const byNumber = value >= 2 ** (wide ? 63 : 31);
      // Two bytes precede the name: a hint for the loader's search.
      const name = byNumber ? `#${thunk.u16(0)}` : image.nameAt(value + 2);
      imports.push({ name, optional: false, library });
    }
  }
  return imports;
}
