import type { ManifestText } from './manifest-text.js';

/** A symbol that a library shows to others. */
export interface ExportedSymbol {
  name: string;
  kind: 'function' | 'data';
  /** Bytes; 0 when the file does not say, as only ELF does. */
  size: number;
  /** Bytes from the address at which the library is loaded. */
  offset: number;
  /** ELF: one for the whole process, whichever library brings it first (STB_GNU_UNIQUE). */
  unique?: true;
  /** ELF: the library's own uses of it go through the loader, which gives them the program's symbol of that name. */
  replaceable?: true;
}

/** A symbol that a library takes from others. */
export interface ImportedSymbol {
  name: string;
  /** Whether it may be missing. */
  optional: boolean;
  /** The one of the needed libraries that must have it; ELF does not say. */
  library: string | undefined;
}

/** What the file asks of the system for the safety of whoever loads it; what its format does not know is left out. */
export interface Hardening {
  /** Whether loading it makes the stack of the whole process executable. */
  executableStack?: boolean;
  /** Whether a part of it may be written and executed at once. */
  writableCode?: true;
  /** How much of what the loader fills in is read-only afterwards. */
  relro?: 'none' | 'partial' | 'full';
  /** Whether its code is written to while it is loaded. */
  textRelocations?: boolean;
  /** Whether its data may be kept from being executed. */
  noExecute?: boolean;
  /** Whether it may be loaded at a random address. */
  randomAddress?: boolean;
  /** Whether indirect calls are checked. */
  controlFlowGuard?: boolean;
  /** Whether it bears a signature, which is not verified here. */
  signed?: boolean;
}

/** What a library's file says of itself. */
export interface Inspection {
  format: 'ELF' | 'Mach-O' | 'PE';
  bits: 32 | 64;
  endian: 'little' | 'big';
  /** As compilers name it: `x86_64`, `aarch64`, `i386`, `arm`, `riscv`, … */
  architecture: string;
  /** `linux`, `macos`, `windows`, … */
  os: string;
  /** All that a universal file holds, of which the rest tells about one. */
  architectures?: string[];
  /** What it defines and exports, in the order of its symbol table. */
  symbols: ExportedSymbol[];
  /** The libraries that it needs, by the names that it has for them. */
  needed: string[];
  /** Of ELF: those that it stands before as a filter, which are loaded with it. */
  filtees?: string[];
  /** The name that it gives itself, by which others may need it. */
  soname?: string;
  /** Where it looks for them first. */
  runPath: string[];
  /** Whether it looks there even before LD_LIBRARY_PATH, as ELF's old kind of run path asks. */
  runPathFirst?: true;
  /** Bytes of its data once it is loaded, those that are zero and not in the file included; only ELF is asked for it. */
  writableMemory?: number;
  hardening: Hardening;
  /** What it takes from others, when that was asked for. */
  imports?: ImportedSymbol[];
  manifest: ManifestText | undefined;
}

/** What the reader of a format finds while the file is open; the manifest is still the bytes of its symbol. */
export type LibraryFile = Omit<Inspection, 'imports' | 'manifest'> & {
  imports: () => ImportedSymbol[];
  manifest: Buffer | undefined;
};

/** A manifest is read up to this many bytes. */
export const MAX_MANIFEST = 1 << 20;

/** The file is not what it should be; the message says what it is, as the end of a sentence that begins with "it". */
export class FormatError extends Error {}
