import { isAscii } from 'node:buffer';
import { FormatError } from './inspection.js';

// Limits against malicious files that would take for ever or fill memory. Real libraries stay far below: the largest
// have a few hundred thousand symbols, and C++ names of a few thousand bytes.
export const MAX_SYMBOLS = 1 << 20;
export const MAX_NAMES = 64 << 20;
export const MAX_NAME = 64 << 10;

/** A table of NUL-terminated names. */
export class Names {
  // Slices of one string cost a tenth of decoding each name from bytes.
  readonly #text: string;
  readonly #ascii: boolean;
  // Bytes of names that may still be read. Names may overlap, so many symbols could share one long name.
  #left = MAX_NAMES;

  constructor(bytes: Buffer) {
    this.#text = bytes.toString('latin1');
    this.#ascii = isAscii(bytes);
  }

  /** Returns the name at an offset. @throws FormatError when it has no end, or all names together are too long */
  at(start: number): string {
    const end = this.#text.indexOf('\0', start);
    if (end < start || end - start > MAX_NAME) throw new FormatError('is damaged: a name of a symbol has no end');
    this.#left -= end - start;
    if (this.#left < 0) throw new FormatError('is damaged: its symbols have too many bytes of names');
    const name = this.#text.slice(start, end);
    return this.#ascii ? name : Buffer.from(name, 'latin1').toString();
  }
}
