import { FormatError } from '../inspection.js';
import type { Fields, Layout } from '../layout.js';

// The numbers are from Apple's <mach-o/loader.h>.
const LC = {
  SEGMENT: 0x1,
  SYMTAB: 0x2,
  LOAD_DYLIB: 0xc,
  SEGMENT_64: 0x19,
  CODE_SIGNATURE: 0x1d,
  LAZY_LOAD_DYLIB: 0x20,
  DYLD_INFO: 0x22,
  VERSION_MIN_IPHONEOS: 0x25,
  VERSION_MIN_TVOS: 0x2f,
  VERSION_MIN_WATCHOS: 0x30,
  BUILD_VERSION: 0x32,
  LOAD_WEAK_DYLIB: 0x80000018,
  RPATH: 0x8000001c,
  REEXPORT_DYLIB: 0x8000001f,
  DYLD_INFO_ONLY: 0x80000022,
  LOAD_UPWARD_DYLIB: 0x80000023,
  DYLD_EXPORTS_TRIE: 0x80000033,
} as const;
const SYSTEMS: Record<number, string> = { 1: 'macos', 2: 'ios', 3: 'tvos', 4: 'watchos' };
const HAS_INSTRUCTIONS = 0x80000400;
const MAX_COMMANDS = 4096;
const MAX_COMMAND_BYTES = 4 << 20;
const MAX_SECTIONS = 255;

interface Segment {
  address: number;
  offset: number;
  fileSize: number;
}

interface Section {
  address: number;
  size: number;
  executable: boolean;
}

/** The content of the load commands of a Mach-O file. */
interface Commands {
  segments: Segment[];
  /** In the order in which symbols number them, from 1. */
  sections: Section[];
  needed: string[];
  runPath: string[];
  os: string;
  signed: boolean;
  symtab: { symbols: number; count: number; names: number; namesSize: number } | undefined;
  /** The tree of exported names. */
  trie: { offset: number; size: number } | undefined;
}

/** Reads from a file, or from the part of a universal file for one architecture. */
export type Read = (at: number, length: number) => Buffer;

export interface MachOImage extends Commands {
  read: Read;
  layout: Layout;
  /** The address for which the library was linked. */
  base: number;
}

/** Reads the load commands. @throws FormatError when they are incomplete or too large */
export function readCommands(read: Read, layout: Layout, header: Fields): Omit<MachOImage, 'read' | 'layout'> {
  const [count, size] = [header.u32(16), header.u32(20)];
  if (count > MAX_COMMANDS || size > MAX_COMMAND_BYTES) {
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
    trie: undefined,
  };
  for (let i = 0, at = 0; i < count; i++) {
    const length = at + 8 <= all.length ? layout.of(all).u32(at + 4) : 0;
    if (length < 8 || at + length > all.length) {
      throw new FormatError('is damaged: its load commands have an impossible size');
    }
    takeCommand(layout, all.subarray(at, at + length), found);
    at += length;
  }
  // The segment that holds the headers.
  const base = found.segments.find(({ offset, fileSize }) => offset === 0 && fileSize > 0)?.address ?? 0;
  return { ...found, base };
}

function takeCommand(layout: Layout, bytes: Buffer, found: Commands): void {
  const command = layout.of(bytes);
  const need = (length: number) => {
    if (command.length < length) throw new FormatError('is damaged: a load command is too short');
  };
  const text = () => {
    need(12);
    const start = command.u32(8);
    const end = bytes.indexOf(0, start);
    return bytes.toString('utf8', start, end < 0 ? bytes.length : end);
  };
  switch (command.u32(0)) {
    case LC.SEGMENT:
    case LC.SEGMENT_64:
      need(layout.wide ? 72 : 56);
      takeSegment(command, found);
      break;
    case LC.SYMTAB:
      need(24);
      found.symtab = {
        symbols: command.u32(8),
        count: command.u32(12),
        names: command.u32(16),
        namesSize: command.u32(20),
      };
      break;
    case LC.DYLD_INFO:
    case LC.DYLD_INFO_ONLY:
      need(48);
      found.trie = { offset: command.u32(40), size: command.u32(44) };
      break;
    case LC.DYLD_EXPORTS_TRIE:
      need(16);
      found.trie = { offset: command.u32(8), size: command.u32(12) };
      break;
    case LC.LOAD_DYLIB:
    case LC.LOAD_WEAK_DYLIB:
    case LC.REEXPORT_DYLIB:
    case LC.LAZY_LOAD_DYLIB:
    case LC.LOAD_UPWARD_DYLIB:
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
    case LC.VERSION_MIN_TVOS:
      found.os = 'tvos';
      break;
    case LC.VERSION_MIN_WATCHOS:
      found.os = 'watchos';
      break;
    case LC.BUILD_VERSION:
      need(12);
      found.os = SYSTEMS[command.u32(8)] ?? `platform ${command.u32(8)}`;
      break;
  }
}

function takeSegment(command: Fields, found: Commands): void {
  const { wide } = command;
  found.segments.push({
    address: command.word(24),
    offset: command.word(wide ? 40 : 32),
    fileSize: command.word(wide ? 48 : 36),
  });
  const [first, entry, flags] = wide ? [72, 80, 64] : [56, 68, 56];
  const count = command.u32(wide ? 64 : 48);
  if (first + count * entry > command.length || found.sections.length + count > MAX_SECTIONS) {
    throw new FormatError('is damaged: a segment has an impossible number of sections');
  }
  for (let at = first; at < first + count * entry; at += entry) {
    found.sections.push({
      address: command.word(at + 32),
      size: command.word(at + (wide ? 40 : 36)),
      executable: (command.u32(at + flags) & HAS_INSTRUCTIONS) !== 0,
    });
  }
}
