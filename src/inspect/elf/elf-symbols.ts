import { type ExportedSymbol, FormatError, type ImportedSymbol } from '../inspection.js';
import type { Fields } from '../layout.js';
import { MAX_SYMBOLS } from '../names.js';
import { type Image, readAt, readUpTo, segmentAt } from './elf-image.js';

// The numbers are from the System V ABI, "Symbol Table" and "Hash Table", and from the GNU hash table.
const DT = {
  HASH: 4,
  SYMTAB: 6,
  SYMENT: 11,
  PLTRELSZ: 2,
  RELA: 7,
  RELASZ: 8,
  REL: 17,
  RELSZ: 18,
  PLTREL: 20,
  JMPREL: 23,
  GNU_HASH: 0x6ffffef5,
  VERSYM: 0x6ffffff0,
} as const;
const STT_NOTYPE = 0;
const STT_FUNC = 2;
const STT_SECTION = 3;
const STT_FILE = 4;
const STT_GNU_IFUNC = 10;
const STB_LOCAL = 0;
const STB_WEAK = 2;
const STB_GNU_UNIQUE = 10;
const STV_INTERNAL = 1;
const STV_HIDDEN = 2;
const SHN_UNDEF = 0;
const SHT_DYNSYM = 11;
const VERSION_HIDDEN = 0x8000;
const MAX_SECTIONS = 4096;
const MAX_RELOCATIONS = 1 << 22;

/** Reads the symbols that dlsym finds: defined, visible, and not an old version of a name. */
export function readExports(image: Image): ExportedSymbol[] {
  const { tags, names } = image;
  const table = readTable(image, symbolCount(image));
  if (!table || !names) return [];
  const { wide } = table;
  const entry = entrySize(wide);
  const versym = tags.get(DT.VERSYM);
  const versions =
    versym === undefined ? undefined : image.layout.of(readAt(image, versym, (table.length / entry) * 2));

  const symbols: ExportedSymbol[] = [];
  const indices: number[] = [];
  for (let at = entry, i = 1; at < table.length; at += entry, i++) {
    if (table.u16(at + (wide ? 6 : 14)) === SHN_UNDEF) continue;
    const info = table.u8(at + (wide ? 4 : 12));
    const [binding, type] = [info >> 4, info & 15];
    const visibility = table.u8(at + (wide ? 5 : 13)) & 3;
    if (binding === STB_LOCAL || visibility === STV_INTERNAL || visibility === STV_HIDDEN) continue;
    if (type === STT_SECTION || type === STT_FILE) continue;
    const version = versions ? versions.u16(i * 2) : 0;
    if ((version & VERSION_HIDDEN) !== 0 && (version & ~VERSION_HIDDEN) >= 2) continue;
    const offset = table.word(at + (wide ? 8 : 4));
    const callable =
      type === STT_FUNC ||
      type === STT_GNU_IFUNC ||
      (type === STT_NOTYPE && segmentAt(image, offset, 1)?.executable === true);
    symbols.push({
      name: names.at(table.u32(at)),
      kind: callable ? 'function' : 'data',
      size: table.word(at + (wide ? 16 : 8)),
      offset,
      ...(binding === STB_GNU_UNIQUE && { unique: true }),
    });
    indices.push(i);
  }
  const used = usedThroughLoader(image);
  symbols.forEach((symbol, i) => {
    if (used.has(indices[i] as number)) symbol.replaceable = true;
  });
  return symbols;
}

/** Returns the indices of the symbols that the library's own relocations refer to. */
function usedThroughLoader(image: Image): Set<number> {
  const { tags, layout } = image;
  const { wide } = layout;
  const withAddend = tags.get(DT.PLTREL) === DT.RELA;
  const tables = [
    { at: tags.get(DT.RELA), bytes: tags.get(DT.RELASZ), addend: true },
    { at: tags.get(DT.REL), bytes: tags.get(DT.RELSZ), addend: false },
    { at: tags.get(DT.JMPREL), bytes: tags.get(DT.PLTRELSZ), addend: withAddend },
  ];
  const used = new Set<number>();
  for (const { at, bytes = 0, addend } of tables) {
    if (at === undefined || bytes === 0) continue;
    const entry = (wide ? 16 : 8) + (addend ? (wide ? 8 : 4) : 0);
    if (bytes > MAX_RELOCATIONS * entry) throw new FormatError('is damaged: its relocations have an impossible size');
    const table = layout.of(readAt(image, at, bytes - (bytes % entry)));
    for (let place = 0; place < table.length; place += entry) {
      // The index of the symbol is the upper part of r_info; 0 means no symbol.
      const high = wide ? place + 8 + (layout.little ? 4 : 0) : place + 4;
      used.add(wide ? table.u32(high) : table.u32(high) >>> 8);
    }
  }
  used.delete(0);
  return used;
}

/** Reads the undefined symbols, which any library may define. */
export function readImports(image: Image): ImportedSymbol[] {
  const { names } = image;
  const table = readTable(image, Math.max(symbolCount(image), sectionCount(image)));
  if (!table || !names) return [];
  const { wide } = table;
  const imports: ImportedSymbol[] = [];
  for (let at = entrySize(wide); at < table.length; at += entrySize(wide)) {
    if (table.u16(at + (wide ? 6 : 14)) !== SHN_UNDEF) continue;
    const binding = table.u8(at + (wide ? 4 : 12)) >> 4;
    if (binding === STB_LOCAL) continue;
    const name = names.at(table.u32(at));
    if (name) imports.push({ name, optional: binding === STB_WEAK, library: undefined });
  }
  return imports;
}

const entrySize = (wide: boolean) => (wide ? 24 : 16);

function readTable(image: Image, count: number): Fields | undefined {
  const { layout, tags } = image;
  const symtab = tags.get(DT.SYMTAB);
  if (symtab === undefined) return undefined;
  const entry = entrySize(layout.wide);
  if ((tags.get(DT.SYMENT) ?? entry) !== entry) {
    throw new FormatError('is damaged: its symbols have an impossible size');
  }
  if (count > MAX_SYMBOLS) throw new FormatError(`claims ${count} symbols, which is too many`);
  return layout.of(readAt(image, symtab, count * entry));
}

/** Returns the length of the symbol table. Only the hash tables show it, because they reach each symbol. */
function symbolCount(image: Image): number {
  const { layout, tags } = image;
  const hash = tags.get(DT.HASH);
  if (hash !== undefined) {
    const head = layout.of(readAt(image, hash, 16));
    // On s390x, GNU's linker writes numbers of 64 bits and LLVM's of 32. The first number, of buckets, is never 0.
    return layout.wide && !layout.little && head.u32(0) === 0 ? head.u64(8) : head.u32(4);
  }
  const gnu = tags.get(DT.GNU_HASH);
  if (gnu === undefined) return 0;
  const head = layout.of(readAt(image, gnu, 16));
  const [buckets, first, bloom] = [head.u32(0), head.u32(4), head.u32(8)];
  const bucketsAt = gnu + 16 + bloom * (layout.wide ? 8 : 4);
  const chainAt = bucketsAt + buckets * 4;
  if (buckets > MAX_SYMBOLS) throw new FormatError('is damaged: its hash table has an impossible size');
  const table = layout.of(readAt(image, bucketsAt, buckets * 4));
  let last = 0;
  for (let at = 0; at < table.length; at += 4) last = Math.max(last, table.u32(at));
  if (last < first) return first;
  // The chain with the highest index ends the table. A set lowest bit marks the end of a chain.
  for (let index = last; index < MAX_SYMBOLS; ) {
    const piece = layout.of(readUpTo(image, chainAt + (index - first) * 4, 4096));
    for (let at = 0; at + 4 <= piece.length; at += 4, index++) {
      if ((piece.u32(at) & 1) !== 0) return index + 1;
    }
    if (piece.length < 4096) break;
  }
  throw new FormatError('is damaged: its hash table has no end');
}

/**
 * Returns the length of the symbol table by the section headers, or 0 without them. A GNU hash table leaves out
 * undefined symbols, so it does not show the length of a table with only such symbols.
 */
function sectionCount({ file, layout, tags }: Image): number {
  const { wide } = layout;
  const header = layout.of(file.read(0, wide ? 64 : 52));
  const offset = header.word(wide ? 40 : 32);
  const [size, count] = wide ? [header.u16(58), header.u16(60)] : [header.u16(46), header.u16(48)];
  if (size !== (wide ? 64 : 40) || count > MAX_SECTIONS || offset + size * count > file.size) return 0;
  const table = layout.of(file.read(offset, size * count));
  for (let at = 0; at < table.length; at += size) {
    if (table.u32(at + 4) !== SHT_DYNSYM || table.word(at + (wide ? 16 : 12)) !== tags.get(DT.SYMTAB)) continue;
    return Math.floor(table.word(at + (wide ? 32 : 20)) / entrySize(wide));
  }
  return 0;
}
