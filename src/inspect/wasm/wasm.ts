import {
  type ExportedSymbol,
  FormatError,
  type ImportedSymbol,
  type LibraryFile,
  MAX_MANIFEST,
} from '../inspection.js';
import { MANIFEST_SYMBOL } from '../manifest-text.js';
import { WasmBytes } from './wasm-bytes.js';

const MAGIC = '\0asm\x01\0\0\0';

/** Returns whether a file begins as a WebAssembly module. */
export const isWasm = (start: Buffer): boolean => start.toString('latin1', 0, 4) === MAGIC.slice(0, 4);

/** The numbers of the sections that are read. */
const [IMPORTS, GLOBALS, EXPORTS, DATA] = [2, 6, 7, 11];

/** What imports and exports are, by their numbers in a module. */
const KINDS = ['function', 'table', 'memory', 'global', 'tag'] as const;
type Kind = (typeof KINDS)[number];

interface Export {
  name: string;
  kind: Kind;
  index: number;
}

/** Bytes that a module has in its memory from the start. */
interface Segment {
  address: number;
  bytes: Buffer;
}

/**
 * Reads a WebAssembly module: what it imports and exports, and the manifest among its data. Whether its code is valid, only
 * a compiler finds out.
 * @throws FormatError
 */
export function readWasm(bytes: Buffer): LibraryFile {
  if (!isWasm(bytes)) throw new FormatError('is not a WebAssembly module');
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new FormatError('is a WebAssembly component or of another version, not a module of version 1');
  }
  const section = sectionsOf(bytes);
  const imports = section(IMPORTS)?.((part) => part.list(() => readImport(part))) ?? [];
  const globals = section(GLOBALS)?.((part) => part.list(() => readGlobal(part))) ?? [];
  const exports = section(EXPORTS)?.((part) => part.list(() => readExport(part))) ?? [];
  const importedGlobals = imports.filter(({ kind }) => kind === 'global').length;
  const addressOf = ({ kind, index }: Export) => (kind === 'global' ? globals[index - importedGlobals] : undefined);
  return {
    format: 'WebAssembly',
    bits: 32,
    endian: 'little',
    architecture: 'wasm32',
    os: 'unknown',
    symbols: exports.map((each): ExportedSymbol => {
      const kind = each.kind === 'function' ? 'function' : 'data';
      return { name: each.name, kind, size: 0, offset: addressOf(each) ?? 0 };
    }),
    needed: [],
    runPath: [],
    hardening: {},
    imports: () => imports.map(({ name, module }): ImportedSymbol => ({ name, optional: false, library: module })),
    manifest: manifestAt(exports.filter(({ name }) => name === MANIFEST_SYMBOL).map(addressOf)[0], () =>
      (section(DATA)?.((part) => part.list(() => readSegment(part))) ?? []).flat(),
    ),
  };
}

type Section = <T>(read: (part: WasmBytes) => T) => T;

/** Returns a function that returns the section of a number, if the module has it. */
function sectionsOf(bytes: Buffer): (number: number) => Section | undefined {
  const file = new WasmBytes(bytes.subarray(MAGIC.length));
  const found = new Map<number, Buffer>();
  while (file.left > 0) {
    const number = file.byte();
    const content = file.take(file.u32());
    // Sections without a number may occur several times.
    if (number !== 0 && found.has(number)) throw new FormatError('is damaged: it has a section twice');
    found.set(number, content);
  }
  return (number) => {
    const content = found.get(number);
    return content && ((read) => read(new WasmBytes(content)));
  };
}

function kindOf(part: WasmBytes): Kind {
  const kind = KINDS[part.byte()];
  if (kind === undefined)
    throw new FormatError('is damaged, or newer than this host: it has something of an unknown kind');
  return kind;
}

function readImport(part: WasmBytes): { module: string; name: string; kind: Kind } {
  const found = { module: part.name(), name: part.name(), kind: kindOf(part) };
  TYPES[found.kind](part);
  return found;
}

/** Reads past the type of an import. */
const TYPES: Record<Kind, (part: WasmBytes) => void> = {
  function: (part) => part.u32(),
  global: (part) => part.take(2),
  table: (part) => {
    part.take(1);
    TYPES.memory(part);
  },
  memory: (part) => {
    const hasMost = (part.u32() & 1) === 1;
    part.skipNumber(10);
    if (hasMost) part.skipNumber(10);
  },
  tag: (part) => {
    part.take(1);
    part.u32();
  },
};

function readExport(part: WasmBytes): Export {
  return { name: part.name(), kind: kindOf(part), index: part.u32() };
}

/** Returns the value of a global that is an address. */
function readGlobal(part: WasmBytes): number | undefined {
  part.take(2);
  return readConstant(part);
}

/** Returns what a segment puts into the memory; nothing for one that only the code uses. */
function readSegment(part: WasmBytes): Segment[] {
  const flags = part.u32();
  if (flags > 2) throw new FormatError('is damaged, or newer than this host: it has data of an unknown kind');
  if (flags === 2) part.u32();
  const address = flags === 1 ? undefined : readConstant(part);
  const bytes = part.take(part.u32());
  return address === undefined ? [] : [{ address, bytes }];
}

/** The bytes of the operands of constants, but for the numbers in LEB128. */
const OPERANDS: Record<number, (part: WasmBytes) => void> = {
  66: (part) => part.skipNumber(10), // i64.const
  67: (part) => part.take(4), // f32.const
  68: (part) => part.take(8), // f64.const
  35: (part) => part.u32(), // global.get
  208: (part) => part.skipNumber(5), // ref.null
  210: (part) => part.u32(), // ref.func
  253: (part) => part.take(17), // v128.const
};
/** Operators that have no operands in the code: add, subtract, multiply. */
const OPERATORS = [0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e];

/** Reads an expression for a constant. Returns its value if it is a single number of 32 bits. */
function readConstant(part: WasmBytes): number | undefined {
  let values: (number | undefined)[] = [];
  for (let code = part.byte(); code !== 0x0b; code = part.byte()) {
    if (code === 0x41) values.push(part.address());
    else {
      const read = OPERANDS[code];
      if (!read && !OPERATORS.includes(code)) {
        throw new FormatError('is damaged, or newer than this host: it has a constant of an unknown kind');
      }
      read?.(part);
      values = [undefined, undefined];
    }
  }
  return values.length === 1 ? values[0] : undefined;
}

/** Returns the bytes at the address of the manifest, as many as lie in its segment. */
function manifestAt(address: number | undefined, segments: () => Segment[]): Buffer | undefined {
  if (address === undefined) return undefined;
  // What comes later replaces what was there.
  const segment = segments().findLast(
    ({ address: begin, bytes }) => begin <= address && address < begin + bytes.length,
  );
  if (!segment) throw new FormatError('is damaged: its manifest lies outside of its data');
  const begin = address - segment.address;
  return segment.bytes.subarray(begin, begin + MAX_MANIFEST);
}
