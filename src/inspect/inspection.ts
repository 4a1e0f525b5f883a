import type { ManifestText } from './manifest-text.js';

/** A symbol that a library shows to others. */
export interface ExportedSymbol {
  name: string;
  kind: 'function' | 'data';
  /** Bytes; 0 when the file does not say. */
  size: number;
  /** Bytes from the address at which the library is loaded. */
  offset: number;
}

/** What a library's file says of itself. */
export interface Inspection {
  format: 'ELF';
  bits: 32 | 64;
  endian: 'little' | 'big';
  /** As compilers name it: `x86_64`, `aarch64`, `i386`, `arm`, `riscv`, … */
  architecture: string;
  os: string;
  /** What it defines and exports, in the order of its symbol table. */
  symbols: ExportedSymbol[];
  manifest: ManifestText | undefined;
}

/** What the reader of a format finds; the manifest is still the bytes of its symbol. */
export type LibraryFile = Omit<Inspection, 'manifest'> & { manifest: Buffer | undefined };

/** The file is not what it should be; the message says what it is, as the end of a sentence that begins with "it". */
export class FormatError extends Error {}
