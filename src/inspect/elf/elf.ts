import type { FileBytes } from '../file-bytes.js';
import { type ExportedSymbol, FormatError, type Hardening, type LibraryFile, MAX_MANIFEST } from '../inspection.js';
import { type Fields, Layout } from '../layout.js';
import { MANIFEST_SYMBOL } from '../manifest-text.js';
import { MAX_NAMES, Names } from '../names.js';
import { type Image, PT_LOAD, readAt, type Segment } from './elf-image.js';
import { readExports, readImports } from './elf-symbols.js';

// The numbers are from the System V ABI, "Object Files" and "Program Loading and Dynamic Linking".
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
  43: 'sparc64',
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
const PT_DYNAMIC = 2;
const PT_TLS = 7;
const PT_GNU_STACK = 0x6474e551;
const PT_GNU_RELRO = 0x6474e552;
const DT = {
  NEEDED: 1,
  STRTAB: 5,
  STRSZ: 10,
  SONAME: 14,
  RPATH: 15,
  TEXTREL: 22,
  BIND_NOW: 24,
  RUNPATH: 29,
  FLAGS: 30,
  FLAGS_1: 0x6ffffffb,
  AUXILIARY: 0x7ffffffd,
  FILTER: 0x7fffffff,
} as const;
const PF_X = 1;
const PF_W = 2;
/** Architectures on which glibc keeps stacks non-executable without a PT_GNU_STACK header. */
const STACK_NEEDS_NO_HEADER = ['riscv', 'loongarch'];
const FLAGS_TEXTREL = 4;
const FLAGS_BIND_NOW = 8;
const FLAGS_1_NOW = 1;
const FLAGS_1_PIE = 0x08000000;

// Limits against malicious files, far above real libraries.
const MAX_SEGMENTS = 64;
const MAX_TAGS = 4096;

/**
 * Reads a shared library in ELF as the dynamic loader does: by its program headers and dynamic section. It need not
 * have section headers.
 * @throws FormatError when it is not a shared library, or its headers point outside of the file
 */
export function readElf(file: FileBytes): LibraryFile {
  const ident = file.read(0, 16);
  const wide = ident[4] === 2;
  const little = ident[5] === 1;
  if ((!wide && ident[4] !== 1) || (!little && ident[5] !== 2)) {
    throw new FormatError('is ELF of an unknown class or byte order');
  }
  const layout = new Layout(wide, little);
  const header = layout.of(file.read(0, wide ? 64 : 52));
  const type = header.u16(16);
  if (type !== ET_DYN) throw new FormatError(`is ${KINDS[type] ?? 'ELF of an unknown type'}, not a shared library`);
  const segments = readSegments(file, layout, header);
  const { tags, needed, filtees } = readDynamic(file, layout, segments);
  // A position-independent program differs from a library only by this flag; dlopen refuses it.
  if (((tags.get(DT.FLAGS_1) ?? 0) & FLAGS_1_PIE) !== 0) throw new FormatError('is a program, not a shared library');
  const names = readNames({ file, segments }, tags);
  const image: Image = { file, layout, segments, tags, needed, names };
  const symbols = readExports(image);
  const soname = tags.get(DT.SONAME);
  const runPath = tags.get(DT.RUNPATH) ?? tags.get(DT.RPATH);
  const architecture = ARCHITECTURES[header.u16(18)] ?? `machine ${header.u16(18)}`;
  return {
    format: 'ELF',
    bits: wide ? 64 : 32,
    endian: little ? 'little' : 'big',
    architecture,
    os: SYSTEMS[ident[7] ?? 0] ?? `system ${ident[7]}`,
    symbols,
    needed: needed.map((at) => names?.at(at) ?? ''),
    ...(filtees.length > 0 && { filtees: filtees.map((at) => names?.at(at) ?? '') }),
    ...(soname !== undefined && { soname: names?.at(soname) ?? '' }),
    runPath: runPath === undefined ? [] : (names?.at(runPath) ?? '').split(':').filter(Boolean),
    ...(tags.has(DT.RPATH) && !tags.has(DT.RUNPATH) && { runPathFirst: true }),
    writableMemory: writableMemoryOf(segments),
    hardening: hardeningOf(image, architecture),
    imports: () => readImports(image),
    manifest: readManifest(image, symbols),
  };
}

function readSegments(file: FileBytes, layout: Layout, header: Fields): Segment[] {
  const { wide } = layout;
  const offset = header.word(wide ? 32 : 28);
  const size = header.u16(wide ? 54 : 42);
  const count = header.u16(wide ? 56 : 44);
  if (size < (wide ? 56 : 32) || count > MAX_SEGMENTS) {
    throw new FormatError('is damaged: its program headers have an impossible size');
  }
  const table = layout.of(file.read(offset, size * count));
  return Array.from({ length: count }, (_, i) => {
    const at = i * size;
    const flags = table.u32(at + (wide ? 4 : 24));
    return {
      type: table.u32(at),
      executable: (flags & PF_X) !== 0,
      writable: (flags & PF_W) !== 0,
      offset: table.word(at + (wide ? 8 : 4)),
      address: table.word(at + (wide ? 16 : 8)),
      fileSize: table.word(at + (wide ? 32 : 16)),
      memorySize: table.word(at + (wide ? 40 : 20)),
    };
  });
}

function readDynamic(
  file: FileBytes,
  layout: Layout,
  segments: readonly Segment[],
): Pick<Image, 'tags' | 'needed'> & { filtees: number[] } {
  const dynamic = segments.find((segment) => segment.type === PT_DYNAMIC);
  if (!dynamic) throw new FormatError('has no dynamic section, so it is not a shared library');
  const entry = layout.wide ? 16 : 8;
  if (dynamic.fileSize > MAX_TAGS * entry) {
    throw new FormatError('is damaged: its dynamic section has an impossible size');
  }
  const table = layout.of(file.read(dynamic.offset, dynamic.fileSize - (dynamic.fileSize % entry)));
  const tags = new Map<number, number>();
  const needed: number[] = [];
  const filtees: number[] = [];
  for (let at = 0; at < table.length; at += entry) {
    const tag = table.word(at);
    if (tag === 0) break;
    const value = table.word(at + entry / 2);
    tags.set(tag, value);
    if (tag === DT.NEEDED) needed.push(value);
    if (tag === DT.AUXILIARY || tag === DT.FILTER) filtees.push(value);
  }
  return { tags, needed, filtees };
}

function readNames(image: Pick<Image, 'file' | 'segments'>, tags: Image['tags']): Names | undefined {
  const [strtab, strsz] = [tags.get(DT.STRTAB), tags.get(DT.STRSZ)];
  if (strtab === undefined || strsz === undefined) return undefined;
  if (strsz > MAX_NAMES) throw new FormatError(`claims ${strsz} bytes of names, which is too many`);
  return new Names(readAt(image, strtab, strsz));
}

/**
 * Returns the bytes of private memory after loading: data, zero-initialised data, and thread-local data of one thread.
 */
function writableMemoryOf(segments: readonly Segment[]): number {
  return segments
    .filter(({ type }) => type === PT_LOAD || type === PT_TLS)
    .map(({ type, writable, fileSize, memorySize }) =>
      writable || type === PT_TLS ? memorySize : Math.max(0, memorySize - fileSize),
    )
    .reduce((sum, size) => sum + size, 0);
}

function hardeningOf({ segments, tags }: Image, architecture: string): Hardening {
  const has = (tag: number, flag: number) => ((tags.get(tag) ?? 0) & flag) !== 0;
  const now = tags.has(DT.BIND_NOW) || has(DT.FLAGS, FLAGS_BIND_NOW) || has(DT.FLAGS_1, FLAGS_1_NOW);
  const relro = segments.some(({ type }) => type === PT_GNU_RELRO);
  // The loader obeys the last of several headers, and a malicious file may have several: one executable stack counts.
  const stacks = segments.filter(({ type }) => type === PT_GNU_STACK);
  return {
    executableStack:
      stacks.length > 0 ? stacks.some(({ executable }) => executable) : !STACK_NEEDS_NO_HEADER.includes(architecture),
    ...(segments.some((segment) => segment.type === PT_LOAD && segment.writable && segment.executable) && {
      writableCode: true as const,
    }),
    relro: !relro ? 'none' : now ? 'full' : 'partial',
    textRelocations: tags.has(DT.TEXTREL) || has(DT.FLAGS, FLAGS_TEXTREL),
  };
}

function readManifest(image: Image, symbols: readonly ExportedSymbol[]): Buffer | undefined {
  const symbol = symbols.find(({ name, kind }) => name === MANIFEST_SYMBOL && kind === 'data');
  if (!symbol) return undefined;
  if (symbol.size > MAX_MANIFEST) throw new FormatError(`has a manifest of ${symbol.size} bytes, which is too long`);
  return readAt(image, symbol.offset, symbol.size);
}
