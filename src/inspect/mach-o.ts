import type { FileBytes } from './file-bytes.js';
import { type ExportedSymbol, FormatError, type LibraryFile, MOST_MANIFEST } from './inspection.js';
import { Layout } from './layout.js';
import { MANIFEST_SYMBOL } from './manifest-text.js';
import { MOST_NAMES, MOST_SYMBOLS, Names } from './names.js';

// Numbers are those of Apple's <mach-o/loader.h>, <mach-o/fat.h>, <mach-o/nlist.h> and <mach/machine.h>.
const ARCHITECTURES: Record<number, string> = {
  7: 'i386',
  12: 'arm',
  18: 'ppc',
  16777223: 'x86_64',
  16777228: 'aarch64',
  16777234: 'ppc64',
};
const KINDS: Record<number, string> = { 1: 'an object file, not yet linked', 2: 'a program', 4: 'a core dump' };
const SYSTEMS: Record<number, string> = { 1: 'macos', 2: 'ios', 3: 'tvos', 4: 'watchos' };
const MH_DYLIB = 6;
const MH_BUNDLE = 8;
const MH_ALLOW_STACK_EXECUTION = 0x20000;
const LC = {
  SEGMENT: 0x1,
  SYMTAB: 0x2,
  LOAD_DYLIB: 0xc,
  SEGMENT_64: 0x19,
  CODE_SIGNATURE: 0x1d,
  VERSION_MIN_IPHONEOS: 0x25,
  BUILD_VERSION: 0x32,
  LOAD_WEAK_DYLIB: 0x80000018,
  RPATH: 0x8000001c,
  REEXPORT_DYLIB: 0x8000001f,
} as const;
const N_STAB = 0xe0;
const N_PEXT = 0x10;
const N_TYPE = 0x0e;
const N_ABS = 0x02;
const N_SECT = 0x0e;
const N_EXT = 0x01;
const HAS_INSTRUCTIONS = 0x80000400;
const MOST_SLICES = 64;
const MOST_COMMANDS = 4096;
const MOST_COMMAND_BYTES = 4 << 20;
const MOST_SECTIONS = 255;

const fat = new Layout(false, false);

interface Slice {
  architecture: string;
  offset: number;
  size: number;
}

interface Segment {
  address: number;
  offset: number;
  fileSize: number;
}

/**
 * Reads a dynamic library or bundle; of a universal file the part for the given architecture, or else the first.
 * @throws FormatError when it is no library, or its headers lead out of the file
 */
export function readMachO(file: FileBytes, preferred: string): LibraryFile {
  const slices = readSlices(file);
  if (!slices) return readSlice(file, { offset: 0, size: file.size });
  const slice = slices.find(({ architecture }) => architecture === preferred) ?? (slices[0] as Slice);
  return { ...readSlice(file, slice), architectures: slices.map(({ architecture }) => architecture) };
}

/** The parts of a universal file; nothing when it is not one. */
function readSlices(file: FileBytes): Slice[] | undefined {
  const head = file.read(0, 8);
  const magic = fat.u32(head, 0);
  if (magic !== 0xcafebabe && magic !== 0xcafebabf) return undefined;
  const wide = magic === 0xcafebabf;
  const count = fat.u32(head, 4);
  if (count === 0 || count > MOST_SLICES) throw new FormatError(`is damaged: it claims ${count} architectures`);
  const entry = wide ? 32 : 20;
  const table = file.read(8, count * entry);
  return Array.from({ length: count }, (_, i) => {
    const at = i * entry;
    return {
      architecture: architectureOf(fat.u32(table, at)),
      offset: wide ? fat.u64(table, at + 8) : fat.u32(table, at + 8),
      size: wide ? fat.u64(table, at + 16) : fat.u32(table, at + 12),
    };
  });
}

function architectureOf(type: number): string {
  return ARCHITECTURES[type] ?? `machine ${type}`;
}

function readSlice(whole: FileBytes, { offset, size }: Pick<Slice, 'offset' | 'size'>): LibraryFile {
  const read = (at: number, length: number) => {
    if (at + length > size) throw new FormatError('is damaged: its headers point outside of it');
    return whole.read(offset + at, length);
  };
  const magic = fat.u32(read(0, 4), 0);
  const little = magic === 0xcefaedfe || magic === 0xcffaedfe;
  if (!little && magic !== 0xfeedface && magic !== 0xfeedfacf) {
    throw new FormatError('is damaged: it holds something that is not Mach-O');
  }
  const layout = new Layout(magic === 0xfeedfacf || magic === 0xcffaedfe, little);
  const header = read(0, layout.wide ? 32 : 28);
  const type = layout.u32(header, 12);
  if (type !== MH_DYLIB && type !== MH_BUNDLE) {
    throw new FormatError(`is ${KINDS[type] ?? 'Mach-O of an unknown type'}, not a shared library`);
  }
  const commands = readCommands(read, layout, header);
  const symbols = readSymbols(read, layout, commands);
  return {
    format: 'Mach-O',
    bits: layout.wide ? 64 : 32,
    endian: little ? 'little' : 'big',
    architecture: architectureOf(layout.u32(header, 4)),
    os: commands.os,
    symbols,
    needed: commands.needed,
    runPath: commands.runPath,
    hardening: {
      executableStack: (layout.u32(header, 24) & MH_ALLOW_STACK_EXECUTION) !== 0,
      signed: commands.signed,
    },
    manifest: readManifest(read, symbols, commands),
  };
}

type Read = (at: number, length: number) => Buffer;

interface Commands {
  segments: Segment[];
  /** By the number that symbols have for them, from 1: whether they hold code. */
  sections: boolean[];
  needed: string[];
  runPath: string[];
  os: string;
  signed: boolean;
  symtab: { symbols: number; count: number; names: number; namesSize: number } | undefined;
}

function readCommands(read: Read, layout: Layout, header: Buffer): Commands {
  const [count, size] = [layout.u32(header, 16), layout.u32(header, 20)];
  if (count > MOST_COMMANDS || size > MOST_COMMAND_BYTES) {
    throw new FormatError('is damaged: its load commands have an impossible size');
  }
  const all = read(header.length, size);
  const found: Commands = {
    segments: [],
    sections: [],
    needed: [],
    runPath: [],
    os: 'macos',
    signed: false,
    symtab: undefined,
  };
  for (let i = 0, at = 0; i < count; i++) {
    const length = at + 8 <= all.length ? layout.u32(all, at + 4) : 0;
    if (length < 8 || at + length > all.length) {
      throw new FormatError('is damaged: its load commands have an impossible size');
    }
    takeCommand(layout, all.subarray(at, at + length), found);
    at += length;
  }
  return found;
}

function takeCommand(layout: Layout, command: Buffer, found: Commands): void {
  const need = (length: number) => {
    if (command.length < length) throw new FormatError('is damaged: a load command is too short');
  };
  const text = () => {
    need(12);
    const start = layout.u32(command, 8);
    const end = command.indexOf(0, start);
    return command.toString('utf8', start, end < 0 ? command.length : end);
  };
  switch (layout.u32(command, 0)) {
    case LC.SEGMENT:
    case LC.SEGMENT_64:
      need(layout.wide ? 72 : 56);
      takeSegment(layout, command, found);
      break;
    case LC.SYMTAB:
      need(24);
      found.symtab = {
        symbols: layout.u32(command, 8),
        count: layout.u32(command, 12),
        names: layout.u32(command, 16),
        namesSize: layout.u32(command, 20),
      };
      break;
    case LC.LOAD_DYLIB:
    case LC.LOAD_WEAK_DYLIB:
    case LC.REEXPORT_DYLIB:
      found.needed.push(text());
      break;
    case LC.RPATH:
      found.runPath.push(text());
      break;
    case LC.CODE_SIGNATURE:
      found.signed = true;
      break;
    case LC.VERSION_MIN_IPHONEOS:
      found.os = 'ios';
      break;
    case LC.BUILD_VERSION:
      need(12);
      found.os = SYSTEMS[layout.u32(command, 8)] ?? `platform ${layout.u32(command, 8)}`;
      break;
  }
}

function takeSegment(layout: Layout, command: Buffer, found: Commands): void {
  found.segments.push({
    address: layout.word(command, 24),
    offset: layout.word(command, layout.wide ? 40 : 32),
    fileSize: layout.word(command, layout.wide ? 48 : 36),
  });
  const [first, entry, flags] = layout.wide ? [72, 80, 64] : [56, 68, 56];
  const count = layout.u32(command, layout.wide ? 64 : 48);
  if (first + count * entry > command.length || found.sections.length + count > MOST_SECTIONS) {
    throw new FormatError('is damaged: a segment has an impossible number of sections');
  }
  for (let i = 0; i < count; i++) {
    found.sections.push((layout.u32(command, first + i * entry + flags) & HAS_INSTRUCTIONS) !== 0);
  }
}

/** Where the library begins once it is loaded: its first segment, which holds the headers. */
function baseOf({ segments }: Commands): number {
  return segments.find(({ offset, fileSize }) => offset === 0 && fileSize > 0)?.address ?? 0;
}

function readSymbols(read: Read, layout: Layout, commands: Commands): ExportedSymbol[] {
  const { symtab, sections } = commands;
  if (!symtab) return [];
  if (symtab.count > MOST_SYMBOLS || symtab.namesSize > MOST_NAMES) {
    throw new FormatError(`claims ${symtab.count} symbols with ${symtab.namesSize} bytes of names, which is too many`);
  }
  const entry = layout.wide ? 16 : 12;
  const table = read(symtab.symbols, symtab.count * entry);
  const names = new Names(read(symtab.names, symtab.namesSize));
  const base = baseOf(commands);
  const symbols: ExportedSymbol[] = [];
  for (let at = 0; at < table.length; at += entry) {
    const type = table.readUInt8(at + 4);
    const kind = type & N_TYPE;
    if ((type & (N_STAB | N_PEXT)) !== 0 || (type & N_EXT) === 0 || (kind !== N_SECT && kind !== N_ABS)) continue;
    const code = kind === N_SECT && sections[table.readUInt8(at + 5) - 1] === true;
    symbols.push({
      // C's names have an underscore before them.
      name: names.at(layout.u32(table, at)).replace(/^_/, ''),
      kind: code ? 'function' : 'data',
      size: 0,
      offset: layout.word(table, at + 8) - base,
    });
  }
  return symbols;
}

function readManifest(read: Read, symbols: readonly ExportedSymbol[], commands: Commands): Buffer | undefined {
  const symbol = symbols.find(({ name, kind }) => name === MANIFEST_SYMBOL && kind === 'data');
  if (!symbol) return undefined;
  const address = symbol.offset + baseOf(commands);
  const segment = commands.segments.find((one) => address >= one.address && address - one.address < one.fileSize);
  if (!segment) throw new FormatError('is damaged: its manifest lies outside of its segments');
  const inside = address - segment.address;
  return read(segment.offset + inside, Math.min(MOST_MANIFEST, segment.fileSize - inside));
}
