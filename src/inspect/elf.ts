import type { FileBytes } from './file-bytes.js';
import { type ExportedSymbol, FormatError, type Inspection } from './inspection.js';

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
const DT = { HASH: 4, STRTAB: 5, SYMTAB: 6, STRSZ: 10, SYMENT: 11, GNU_HASH: 0x6ffffef5 } as const;
const STT_FUNC = 2;
const STT_SECTION = 3;
const STT_FILE = 4;
const STT_GNU_IFUNC = 10;

// More than any real library has (the largest known have a few hundred thousand), and little enough to hold.
const MOST_SYMBOLS = 4_000_000;
const MOST_NAMES = 256 << 20;
const MOST_HEADERS = 4096;
const MOST_MANIFEST = 1 << 20;

interface Segment {
  type: number;
  offset: number;
  address: number;
  fileSize: number;
}

/** Numbers of one class and byte order. */
class Layout {
  constructor(
    readonly wide: boolean,
    readonly little: boolean,
  ) {}
  u16(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at);
  }
  u32(bytes: Buffer, at: number): number {
    return this.little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at);
  }
  /** An address, offset or size. Beyond 2^53 it is no longer exact, and then lies outside of every file anyway. */
  word(bytes: Buffer, at: number): number {
    if (!this.wide) return this.u32(bytes, at);
    return Number(this.little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at));
  }
}

/**
 * Reads a shared library in ELF as the dynamic loader does: by its program headers and dynamic section, so that section
 * headers may be stripped.
 * @throws FormatError when it is no shared library; OutOfFileError when its headers lead out of the file.
 */
export function readElf(file: FileBytes): Inspection {
  const ident = file.read(0, 16);
  const wide = ident[4] === 2;
  const little = ident[5] === 1;
  if ((!wide && ident[4] !== 1) || (!little && ident[5] !== 2))
    throw new FormatError('is ELF of an unknown class or byte order');
  const layout = new Layout(wide, little);
  const header = file.read(0, wide ? 64 : 52);
  const type = layout.u16(header, 16);
  if (type !== ET_DYN) throw new FormatError(`is ${KINDS[type] ?? 'ELF of an unknown type'}, not a shared library`);

  const segments = readSegments(file, layout, header);
  const symbols = new Map<string, ExportedSymbol>();
  let manifest: Buffer | undefined;
  readSymbols(file, layout, segments, (symbol, address) => {
    symbols.set(symbol.name, symbol);
    if (symbol.name !== 'plug_manifest' || symbol.kind !== 'data') return;
    if (symbol.size > MOST_MANIFEST)
      throw new FormatError(`has a manifest of ${symbol.size} bytes, more than ${MOST_MANIFEST}`);
    manifest = file.read(offsetOf(segments, address, symbol.size), symbol.size);
  });
  return {
    format: 'ELF',
    bits: wide ? 64 : 32,
    endian: little ? 'little' : 'big',
    architecture: ARCHITECTURES[layout.u16(header, 18)] ?? `machine ${layout.u16(header, 18)}`,
    os: SYSTEMS[ident[7] ?? 0] ?? `system ${ident[7]}`,
    symbols,
    manifest,
  };
}

function readSegments(file: FileBytes, layout: Layout, header: Buffer): Segment[] {
  const { wide } = layout;
  const offset = layout.word(header, wide ? 32 : 28);
  const size = layout.u16(header, wide ? 54 : 42);
  const count = layout.u16(header, wide ? 56 : 44);
  if (size < (wide ? 56 : 32) || count > MOST_HEADERS)
    throw new FormatError('has program headers of an impossible size');
  const table = file.read(offset, size * count);
  return Array.from({ length: count }, (_, i) => {
    const at = i * size;
    return {
      type: layout.u32(table, at),
      offset: layout.word(table, at + (wide ? 8 : 4)),
      address: layout.word(table, at + (wide ? 16 : 8)),
      fileSize: layout.word(table, at + (wide ? 32 : 16)),
    };
  });
}

/** Where in the file an address of the loaded library comes from. */
function offsetOf(segments: readonly Segment[], address: number, length: number): number {
  for (const segment of segments) {
    const inside = address - segment.address;
    if (segment.type === PT_LOAD && inside >= 0 && inside + length <= segment.fileSize) return segment.offset + inside;
  }
  throw new FormatError('has headers that point outside of its segments');
}

function readSymbols(
  file: FileBytes,
  layout: Layout,
  segments: readonly Segment[],
  take: (symbol: ExportedSymbol, address: number) => void,
): void {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic) throw new FormatError('has no dynamic section, so it exports nothing');
  if (dynamic.fileSize > MOST_HEADERS * 16) throw new FormatError('has a dynamic section of an impossible size');
  const entry = layout.wide ? 16 : 8;
  const table = file.read(dynamic.offset, dynamic.fileSize - (dynamic.fileSize % entry));
  const tags = new Map<number, number>();
  for (let at = 0; at < table.length; at += entry) {
    const tag = layout.word(table, at);
    if (tag === 0) break;
    tags.set(tag, layout.word(table, at + entry / 2));
  }
  const [symtab, strtab, strsz] = [tags.get(DT.SYMTAB), tags.get(DT.STRTAB), tags.get(DT.STRSZ)];
  if (symtab === undefined || strtab === undefined || strsz === undefined) return;
  const size = layout.wide ? 24 : 16;
  if ((tags.get(DT.SYMENT) ?? size) !== size) throw new FormatError('has symbols of an unknown size');
  if (strsz > MOST_NAMES) throw new FormatError(`has ${strsz} bytes of symbol names`);
  const count = symbolCount(file, layout, segments, tags);
  if (count > MOST_SYMBOLS) throw new FormatError(`has ${count} symbols`);
  const names = file.read(offsetOf(segments, strtab, strsz), strsz);
  const symbols = file.read(offsetOf(segments, symtab, count * size), count * size);

  for (let at = size; at < symbols.length; at += size) {
    const info = symbols.readUInt8(at + (layout.wide ? 4 : 12));
    const other = symbols.readUInt8(at + (layout.wide ? 5 : 13));
    const section = layout.u16(symbols, at + (layout.wide ? 6 : 14));
    const [binding, type, visibility] = [info >> 4, info & 15, other & 3];
    // Defined, not local, default or protected visibility: what dlsym finds.
    if (section === 0 || binding === 0 || visibility === 1 || visibility === 2) continue;
    if (type === STT_SECTION || type === STT_FILE) continue;
    const start = layout.u32(symbols, at);
    const end = names.indexOf(0, start);
    if (start >= names.length || end < 0) throw new FormatError('has symbol names that are not terminated');
    const name = names.toString('utf8', start, end);
    const kind = type === STT_FUNC || type === STT_GNU_IFUNC ? 'function' : 'data';
    take(
      { name, kind, size: layout.word(symbols, at + (layout.wide ? 16 : 8)) },
      layout.word(symbols, at + (layout.wide ? 8 : 4)),
    );
  }
}

/** The symbol table states no length; the hash tables tell it, as they reach every symbol that can be looked up. */
function symbolCount(
  file: FileBytes,
  layout: Layout,
  segments: readonly Segment[],
  tags: ReadonlyMap<number, number>,
): number {
  const hash = tags.get(DT.HASH);
  if (hash !== undefined) return layout.u32(file.read(offsetOf(segments, hash, 8), 8), 4);
  const gnu = tags.get(DT.GNU_HASH);
  if (gnu === undefined) return 0;
  const head = file.read(offsetOf(segments, gnu, 16), 16);
  const [buckets, first, bloom] = [layout.u32(head, 0), layout.u32(head, 4), layout.u32(head, 8)];
  if (buckets > MOST_SYMBOLS || bloom > MOST_SYMBOLS) throw new FormatError('has a hash table of an impossible size');
  const bucketsAt = gnu + 16 + bloom * (layout.wide ? 8 : 4);
  const table = file.read(offsetOf(segments, bucketsAt, buckets * 4), buckets * 4);
  let last = 0;
  for (let at = 0; at < table.length; at += 4) last = Math.max(last, layout.u32(table, at));
  if (last < first) return first;
  // The last chain ends with a number whose lowest bit is set. It lies inside its segment, which bounds the walk.
  const chain = bucketsAt + buckets * 4;
  const step = 4096;
  for (let index = last; index <= MOST_SYMBOLS; ) {
    const offset = offsetOf(segments, chain + (index - first) * 4, 4);
    const piece = file.read(offset, Math.min(step, file.size - offset - ((file.size - offset) % 4)));
    if (piece.length === 0) break;
    for (let at = 0; at < piece.length; at += 4, index++) {
      if (layout.u32(piece, at) & 1) return index + 1;
    }
  }
  throw new FormatError('has a hash table without an end');
}
