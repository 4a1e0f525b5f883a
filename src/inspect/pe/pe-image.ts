import type { FileBytes } from '../file-bytes.js';
import { FormatError } from '../inspection.js';
import { type Fields, Layout } from '../layout.js';
import { MAX_NAMES } from '../names.js';

const MAX_NAME = 4096;

/** A part of the file that the loader maps. Addresses are relative to the start of the library. */
export interface Section {
  address: number;
  size: number;
  offset: number;
  executable: boolean;
}

/** A PE file as the loader maps it. Addresses are relative to the start of the library. */
export class PeImage {
  readonly #file: FileBytes;
  readonly #sections: readonly Section[];
  readonly #layout: Layout;
  // Bytes of names that may still be read. Names may overlap, so many symbols could share one long name.
  #left = MAX_NAMES;

  constructor(file: FileBytes, sections: readonly Section[], wide: boolean) {
    this.#file = file;
    this.#sections = sections;
    this.#layout = new Layout(wide, true);
  }

  isExecutable(address: number): boolean {
    return this.#sectionAt(address)?.executable === true;
  }

  /** Reads numbers at an address. @throws FormatError when a part of them is not in the file */
  read(address: number, length: number): Fields {
    const bytes = this.readUpTo(address, length);
    if (bytes.length < length) throw new FormatError('is damaged: its headers point outside of its sections');
    return this.#layout.of(bytes);
  }

  /** Reads at most `most` bytes, fewer at the end of the section. @throws FormatError outside of sections */
  readUpTo(address: number, most: number): Buffer {
    const section = this.#sectionAt(address);
    if (!section) throw new FormatError('is damaged: its headers point outside of its sections');
    const inside = address - section.address;
    return this.#file.read(section.offset + inside, Math.min(most, section.size - inside));
  }

  /** Reads a NUL-terminated name. @throws FormatError when it has no end, or all names together are too long */
  nameAt(address: number): string {
    const piece = this.readUpTo(address, MAX_NAME);
    const end = piece.indexOf(0);
    if (end < 0) throw new FormatError('is damaged: a name has no end');
    this.#left -= end;
    if (this.#left < 0) throw new FormatError('is damaged: its symbols have too many bytes of names');
    return piece.toString('utf8', 0, end);
  }

  #sectionAt(address: number): Section | undefined {
    return this.#sections.find((section) => address >= section.address && address - section.address < section.size);
  }
}
