import type { ManifestText } from './manifest-text.js';

/** A symbol that a library exports. */
export interface ExportedSymbol {
  name: string;
  kind: 'function' | 'data';
  /** Bytes; 0 when the file does not state the size. Only ELF does. */
  size: number;
  /** Bytes from the load address of the library. WebAssembly: the address of data, and 0 for a function. */
  offset: number;
  /** ELF: unique in the process; the first library that defines it provides it for all (STB_GNU_UNIQUE). */
  unique?: true;
  /** ELF: the loader resolves the library's own uses of it, so a symbol of that name in the program replaces it. */
  replaceable?: true;
}

/** A symbol that a library imports. */
export interface ImportedSymbol {
  name: string;
  /** Whether it may be missing. */
  optional: boolean;
  /** The needed library that must define it; undefined in ELF, which does not state it. */
  library: string | undefined;
}

/** Security properties of the file. Properties that its format does not have are left out. */
export interface Hardening {
  /** Whether loading it makes the stacks of the process executable. */
  executableStack?: boolean;
  /** Whether a part of it is both writable and executable. */
  writableCode?: true;
  /** How much of the data that the loader relocates becomes read-only. */
  relro?: 'none' | 'partial' | 'full';
  /** Whether the loader writes to its code. */
  textRelocations?: boolean;
  /** Whether its data are not executable. */
  noExecute?: boolean;
  /** Whether it can be loaded at a random address. */
  randomAddress?: boolean;
  /** Whether indirect calls are checked. */
  controlFlowGuard?: boolean;
  /** Whether it has a signature, which is not verified here. */
  signed?: boolean;
}

/** What the file of a library states. */
export interface Inspection {
  format: 'ELF' | 'Mach-O' | 'PE' | 'WebAssembly';
  bits: 32 | 64;
  endian: 'little' | 'big';
  /** The name that compilers use: `x86_64`, `aarch64`, `i386`, `arm`, `riscv`, … */
  architecture: string;
  /** `linux`, `macos`, `windows`, … */
  os: string;
  /** All architectures of a universal file; the other fields describe one of them. */
  architectures?: string[];
  /** The exported symbols, in the order of the symbol table. */
  symbols: ExportedSymbol[];
  /** The names of the libraries that it needs. */
  needed: string[];
  /** ELF: libraries whose symbols it provides as a filter (DT_FILTER, DT_AUXILIARY). They are loaded with it. */
  filtees?: string[];
  /** Its own name, by which other libraries need it (SONAME). */
  soname?: string;
  /** Folders in which the loader searches for needed libraries. */
  runPath: string[];
  /** ELF: the loader searches these folders before LD_LIBRARY_PATH (DT_RPATH). */
  runPathFirst?: true;
  /** ELF: bytes of writable data after loading, with zero-initialised data that are not in the file. */
  writableMemory?: number;
  hardening: Hardening;
  /** The imported symbols, if the caller asked for them. */
  imports?: ImportedSymbol[];
  manifest: ManifestText | undefined;
}

/** What the reader of a format returns. `imports` needs the open file; the manifest is the raw bytes of its symbol. */
export type LibraryFile = Omit<Inspection, 'imports' | 'manifest'> & {
  imports: () => ImportedSymbol[];
  manifest: Buffer | undefined;
};

/** The largest manifest, in bytes. */
export const MAX_MANIFEST = 1 << 20;

/** The file is not a valid library. The message is the end of a sentence that begins with "it". */
export class FormatError extends Error {}
