import type { FileBytes } from './file-bytes.js';
import { type ExportedSymbol, FormatError, type Hardening, type LibraryFile, MOST_MANIFEST } from './inspection.js';
import { Layout } from './layout.js';
import { MANIFEST_SYMBOL } from './manifest-text.js';
import { MOST_NAMES, MOST_SYMBOLS, Names } from './names.js';

// Numbers are those of the System V ABI, "Object Files" and "Program Loading and Dynamic Linking".
const ET_DYN = 3;
const KINDS: Record<number, string> = { 1: 'an object file, not yet linked', 2: 'a program', 4: 'a core dump' };
const ARCHITECTURES: Record<number, string> = {
  2: 'sparc',
  3: 'i386',
  8: 'mips',
  20: 'ppc',
  21: 'ppc64',
  22: 's390x',
  40: 'arm',
  62: 'x86_64',
  183: 'aarch64',
  243: 'riscv',
  258: 'loongarch',
};
const SYSTEMS: Record<number, string> = {
  0: 'linux',
  2: 'netbsd',
  3: 'linux',
  6: 'solaris',
  9: 'freebsd',
  12: 'openbsd',
};
const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_GNU_STACK = 0x6474e551;
const PT_GNU_RELRO = 0x6474e552;
const DT = {
  NEEDED: 1,
  HASH: 4,
  STRTAB: 5,
  SYMTAB: 6,
  STRSZ: 10,
  SYMENT: 11,
  RPATH: 15,
  TEXTREL: 22,
  BIND_NOW: 24,
  RUNPATH: 29,
  FLAGS: 30,
  GNU_HASH: 0x6ffffef5,
  VERSYM: 0x6ffffff0,
  FLAGS_1: 0x6ffffffb,
} as const;
const STT_NOTYPE = 0;
const SHN_UNDEF = 0;
const STB_LOCAL = 0;
const STV_INTERNAL = 1;
const STV_HIDDEN = 2;
const STT_FUNC = 2;
const STT_SECTION = 3;
const STT_FILE = 4;
const STT_GNU_IFUNC = 10;

const PF_X = 1;
const VERSION_HIDDEN = 0x8000;
const FLAGS_TEXTREL = 4;
const FLAGS_BIND_NOW = 8;
const FLAGS_1_NOW = 1;
const FLAGS_1_PIE = 0x08000000;

// Far more than real libraries have.
const MOST_SEGMENTS = 64;
const MOST_TAGS = 4096;

interface Segment {
  type: number;
  executable: boolean;
  offset: number;
  address: number;
  fileSize: number;
}

/** The parts of the file that the dynamic loader would look at. */
interface Image {
  file: FileBytes;
  layout: Layout;
  segments: readonly Segment[];
  /** The dynamic section; of a tag that stands there several times, the last. */
  tags: ReadonlyMap<number, number>;
  /** The tags NEEDED, in order: where their names stand. */
  needed: readonly number[];
  names: Names | undefined;
}

/**
 * Reads a shared library in ELF as the dynamic loader does: by its program headers and dynamic section, so that section
 * headers may be stripped.
 * @throws FormatError when it is no shared library, or its headers lead out of the file
 */
export function readElf(file: FileBytes): LibraryFile {
  const ident = file.read(0, 16);
  const wide = ident[4] === 2;
  const little = ident[5] === 1;
  if ((!wide && ident[4] !== 1) || (!little && ident[5] !== 2)) {
    throw new FormatError('is ELF of an unknown class or byte order');
  }
  const layout = new Layout(wide, little);
  const header = file.read(0, wide ? 64 : 52);
  const type = layout.u16(header, 16);
  if (type !== ET_DYN) throw new FormatError(`is ${KINDS[type] ?? 'ELF of an unknown type'}, not a shared library`);
  const segments = readSegments(file, layout, header);
  const { tags, needed } = readDynamic(file, layout, segments);
  // Programs that may be loaded anywhere look like libraries, save for this flag; dlopen refuses them.
  if (((tags.get(DT.FLAGS_1) ?? 0) & FLAGS_1_PIE) !== 0) throw new FormatError('is a program, not a shared library');
  const image: Image = { file, layout, segments, tags, needed, names: undefined };
  image.names = readNames(image);
  const symbols = readSymbols(image);
  const runPath = tags.get(DT.RUNPATH) ?? tags.get(DT.RPATH);
  return {
    format: 'ELF',
    bits: wide ? 64 : 32,
    endian: little ? 'little' : 'big',
    architecture: ARCHITECTURES[layout.u16(header, 18)] ?? `machine ${layout.u16(header, 18)}`,
    os: SYSTEMS[ident[7] ?? 0] ?? `system ${ident[7]}`,
    symbols,
    needed: needed.map((at) => image.names?.at(at) ?? ''),
    runPath: runPath === undefined ? [] : (image.names?.at(runPath) ?? '').split(':').filter(Boolean),
    hardening: hardeningOf(image),
    manifest: readManifest(image, symbols),
  };
}

function readSegments(file: FileBytes, layout: Layout, header: Buffer): Segment[] {
  const { wide } = layout;
  const offset = layout.word(header, wide ? 32 : 28);
  const size = layout.u16(header, wide ? 54 : 42);
  const count = layout.u16(header, wide ? 56 : 44);
  if (size < (wide ? 56 : 32) || count > MOST_SEGMENTS) {
    throw new FormatError('is damaged: its program headers have an impossible size');
  }
  const table = file.read(offset, size * count);
  return Array.from({ length: count }, (_, i) => {
    const at = i * size;
    return {
      type: layout.u32(table, at),
      executable: (layout.u32(table, at + (wide ? 4 : 24)) & PF_X) !== 0,
      offset: layout.word(table, at + (wide ? 8 : 4)),
      address: layout.word(table, at + (wide ? 16 : 8)),
      fileSize: layout.word(table, at + (wide ? 32 : 16)),
    };
  });
}

function readDynamic(file: FileBytes, layout: Layout, segments: readonly Segment[]): Pick<Image, 'tags' | 'needed'> {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic) throw new FormatError('has no dynamic section, so it is not a shared library');
  const entry = layout.wide ? 16 : 8;
  if (dynamic.fileSize > MOST_TAGS * entry) {
    throw new FormatError('is damaged: its dynamic section has an impossible size');
  }
  const table = file.read(dynamic.offset, dynamic.fileSize - (dynamic.fileSize % entry));
  const tags = new Map<number, number>();
  const needed: number[] = [];
  for (let at = 0; at < table.length; at += entry) {
    const tag = layout.word(table, at);
    if (tag === 0) break;
    const value = layout.word(table, at + entry / 2);
    tags.set(tag, value);
    if (tag === DT.NEEDED) needed.push(value);
  }
  return { tags, needed };
}

function hardeningOf({ segments, tags }: Image): Hardening {
  const has = (tag: number, flag: number) => ((tags.get(tag) ?? 0) & flag) !== 0;
  const now = tags.has(DT.BIND_NOW) || has(DT.FLAGS, FLAGS_BIND_NOW) || has(DT.FLAGS_1, FLAGS_1_NOW);
  const relro = segments.some(({ type }) => type === PT_GNU_RELRO);
  return {
    // Without the header the system takes the stack to be executable.
    executableStack: segments.find(({ type }) => type === PT_GNU_STACK)?.executable ?? true,
    relro: !relro ? 'none' : now ? 'full' : 'partial',
    textRelocations: tags.has(DT.TEXTREL) || has(DT.FLAGS, FLAGS_TEXTREL),
  };
}

/** The names of symbols and of needed libraries. */
function readNames(image: Image): Names | undefined {
  const [strtab, strsz] = [image.tags.get(DT.STRTAB), image.tags.get(DT.STRSZ)];
  if (strtab === undefined || strsz === undefined) return undefined;
  if (strsz > MOST_NAMES) throw new FormatError(`claims ${strsz} bytes of names, which is too many`);
  return new Names(readAt(image, strtab, strsz));
}

/** The segment that holds all of an address range of the loaded library, if its bytes come from the file. */
function segmentAt(segments: readonly Segment[], address: number, length: number): Segment | undefined {
  return segments.find((segment) => {
    const inside = address - segment.address;
    return segment.type === PT_LOAD && inside >= 0 && inside + length <= segment.fileSize;
  });
}

/** Reads by the address that the bytes have, relative to the library's start, once it is loaded. */
function readAt({ file, segments }: Image, address: number, length: number): Buffer {
  const segment = segmentAt(segments, address, length);
  if (!segment) throw new FormatError('is damaged: its headers point outside of its segments');
  return file.read(segment.offset + (address - segment.address), length);
}

/** As `readAt`, but less when the segment ends before. */
function readUpTo(image: Image, address: number, most: number): Buffer {
  const segment = segmentAt(image.segments, address, 0);
  return readAt(image, address, segment ? Math.min(most, segment.address + segment.fileSize - address) : most);
}

/** The symbols that dlsym finds: defined, visible, and not an old version of a name. */
function readSymbols(image: Image): ExportedSymbol[] {
  const { layout, segments, tags, names } = image;
  const symtab = tags.get(DT.SYMTAB);
  if (symtab === undefined || !names) return [];
  const entry = layout.wide ? 24 : 16;
  if ((tags.get(DT.SYMENT) ?? entry) !== entry) {
    throw new FormatError('is damaged: its symbols have an impossible size');
  }
  const count = symbolCount(image);
  if (count > MOST_SYMBOLS) throw new FormatError(`claims ${count} symbols, which is too many`);
  const table = readAt(image, symtab, count * entry);
  const versym = tags.get(DT.VERSYM);
  const versions = versym === undefined ? undefined : readAt(image, versym, count * 2);

  const symbols: ExportedSymbol[] = [];
  for (let i = 1; i < count; i++) {
    const at = i * entry;
    const info = table.readUInt8(at + (layout.wide ? 4 : 12));
    const [binding, type] = [info >> 4, info & 15];
    const visibility = table.readUInt8(at + (layout.wide ? 5 : 13)) & 3;
    const section = layout.u16(table, at + (layout.wide ? 6 : 14));
    if (section === SHN_UNDEF || binding === STB_LOCAL || visibility === STV_INTERNAL || visibility === STV_HIDDEN) {
      continue;
    }
    if (type === STT_SECTION || type === STT_FILE) continue;
    const version = versions ? layout.u16(versions, i * 2) : 0;
    if ((version & VERSION_HIDDEN) !== 0 && (version & ~VERSION_HIDDEN) >= 2) continue;
    const offset = layout.word(table, at + (layout.wide ? 8 : 4));
    const callable =
      type === STT_FUNC ||
      type === STT_GNU_IFUNC ||
      (type === STT_NOTYPE && segmentAt(segments, offset, 1)?.executable === true);
    symbols.push({
      name: names.at(layout.u32(table, at)),
      kind: callable ? 'function' : 'data',
      size: layout.word(table, at + (layout.wide ? 16 : 8)),
      offset,
    });
  }
  return symbols;
}

/** The symbol table states no length; the hash tables tell it, as they reach every symbol that can be looked up. */
function symbolCount(image: Image): number {
  const { layout, tags } = image;
  const hash = tags.get(DT.HASH);
  if (hash !== undefined) return layout.u32(readAt(image, hash, 8), 4);
  const gnu = tags.get(DT.GNU_HASH);
  if (gnu === undefined) return 0;
  const head = readAt(image, gnu, 16);
  const [buckets, first, bloom] = [layout.u32(head, 0), layout.u32(head, 4), layout.u32(head, 8)];
  const bucketsAt = gnu + 16 + bloom * (layout.wide ? 8 : 4);
  const chainAt = bucketsAt + buckets * 4;
  if (buckets > MOST_SYMBOLS) throw new FormatError('is damaged: its hash table has an impossible size');
  const table = readAt(image, bucketsAt, buckets * 4);
  let last = 0;
  for (let at = 0; at < table.length; at += 4) last = Math.max(last, layout.u32(table, at));
  if (last < first) return first;
  // The highest chain ends the table, with the first number from its start on whose lowest bit is set.
  for (let index = last; index < MOST_SYMBOLS; ) {
    const piece = readUpTo(image, chainAt + (index - first) * 4, 4096);
    for (let at = 0; at + 4 <= piece.length; at += 4, index++) {
      if ((layout.u32(piece, at) & 1) !== 0) return index + 1;
    }
    if (piece.length < 4096) break;
  }
  throw new FormatError('is damaged: its hash table has no end');
}

function readManifest(image: Image, symbols: readonly ExportedSymbol[]): Buffer | undefined {
  const symbol = symbols.find(({ name, kind }) => name === MANIFEST_SYMBOL && kind === 'data');
  if (!symbol) return undefined;
  if (symbol.size > MOST_MANIFEST) throw new FormatError(`has a manifest of ${symbol.size} bytes, which is too long`);
  return readAt(image, symbol.offset, symbol.size);
}
