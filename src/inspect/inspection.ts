/** A symbol that a library shows to others. */
export interface ExportedSymbol {
  name: string;
  kind: 'function' | 'data';
  /** Bytes; 0 when the file does not say. */
  size: number;
}

/** What a library's file says of itself. */
export interface Inspection {
  format: 'ELF';
  bits: 32 | 64;
  endian: 'little' | 'big';
  /** As compilers name it: `x86_64`, `aarch64`, `i386`, `arm`, `riscv`, … */
  architecture: string;
  os: string;
  symbols: ReadonlyMap<string, ExportedSymbol>;
  /** The bytes of the symbol `plug_manifest`, if there is one. */
  manifest: Buffer | undefined;
}

/** The file is not what it should be; the message says what it is, as the end of a sentence that begins with "it". */
export class FormatError extends Error {}
