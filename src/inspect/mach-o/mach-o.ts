import type { FileBytes } from '../file-bytes.js';
import { type ExportedSymbol, FormatError, type LibraryFile, MAX_MANIFEST } from '../inspection.js';
import { Layout } from '../layout.js';
import { MANIFEST_SYMBOL } from '../manifest-text.js';
import { type MachOImage, readCommands } from './mach-o-commands.js';
import { readExports, readImports } from './mach-o-symbols.js';

// The numbers are from Apple's <mach-o/loader.h>, <mach-o/fat.h> and <mach/machine.h>.
const ARCHITECTURES: Record<number, string> = {
  7: 'i386',
  12: 'arm',
  18: 'ppc',
  16777223: 'x86_64',
  16777228: 'aarch64',
  16777234: 'ppc64',
};
const KINDS: Record<number, string> = { 1: 'an object file, not yet linked', 2: 'a program', 4: 'a core dump' };
const MH_DYLIB = 6;
const MH_BUNDLE = 8;
const MH_TWOLEVEL = 0x80;
const MH_ALLOW_STACK_EXECUTION = 0x20000;
const MAX_SLICES = 64;

const fat = new Layout(false, false);

interface Slice {
  architecture: string;
  offset: number;
  size: number;
}

/**
 * Reads a dynamic library or bundle. From a universal file, reads the part for `preferred`, or else the first part.
 * @throws FormatError when it is not a library, or its headers point outside of the file
 */
export function readMachO(file: FileBytes, preferred: string): LibraryFile {
  const slices = readSlices(file);
  if (!slices) return readSlice(file, { offset: 0, size: file.size });
  const slice = slices.find(({ architecture }) => architecture === preferred) ?? (slices[0] as Slice);
  return { ...readSlice(file, slice), architectures: slices.map(({ architecture }) => architecture) };
}

/** Returns the parts of a universal file; undefined for other files. */
function readSlices(file: FileBytes): Slice[] | undefined {
  const head = fat.of(file.read(0, 8));
  const magic = head.u32(0);
  if (magic !== 0xcafebabe && magic !== 0xcafebabf) return undefined;
  const wide = magic === 0xcafebabf;
  const count = head.u32(4);
  if (count === 0 || count > MAX_SLICES) throw new FormatError(`is damaged: it claims ${count} architectures`);
  const entry = wide ? 32 : 20;
  const table = fat.of(file.read(8, count * entry));
  return Array.from({ length: count }, (_, i) => {
    const at = i * entry;
    return {
      architecture: architectureOf(table.u32(at)),
      offset: wide ? table.u64(at + 8) : table.u32(at + 8),
      size: wide ? table.u64(at + 16) : table.u32(at + 12),
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
  const magic = fat.of(read(0, 4)).u32(0);
  const little = magic === 0xcefaedfe || magic === 0xcffaedfe;
  if (!little && magic !== 0xfeedface && magic !== 0xfeedfacf) {
    throw new FormatError('is damaged: it holds something that is not Mach-O');
  }
  const layout = new Layout(magic === 0xfeedfacf || magic === 0xcffaedfe, little);
  const header = layout.of(read(0, layout.wide ? 32 : 28));
  const type = header.u32(12);
  if (type !== MH_DYLIB && type !== MH_BUNDLE) {
    throw new FormatError(`is ${KINDS[type] ?? 'Mach-O of an unknown type'}, not a shared library`);
  }
  const flags = header.u32(24);
  const image: MachOImage = { read, layout, ...readCommands(read, layout, header) };
  const symbols = readExports(image);
  return {
    format: 'Mach-O',
    bits: layout.wide ? 64 : 32,
    endian: little ? 'little' : 'big',
    architecture: architectureOf(header.u32(4)),
    os: image.os,
    symbols,
    needed: image.needed,
    runPath: image.runPath,
    hardening: { executableStack: (flags & MH_ALLOW_STACK_EXECUTION) !== 0, signed: image.signed },
    imports: () => readImports(image, (flags & MH_TWOLEVEL) !== 0),
    manifest: readManifest(image, symbols),
  };
}

function readManifest({ read, segments, base }: MachOImage, symbols: readonly ExportedSymbol[]): Buffer | undefined {
  const symbol = symbols.find(({ name, kind }) => name === MANIFEST_SYMBOL && kind === 'data');
  if (!symbol) return undefined;
  const address = symbol.offset + base;
  const segment = segments.find((one) => address >= one.address && address - one.address < one.fileSize);
  if (!segment) throw new FormatError('is damaged: its manifest lies outside of its segments');
  const inside = address - segment.address;
  return read(segment.offset + inside, Math.min(MAX_MANIFEST, segment.fileSize - inside));
}
