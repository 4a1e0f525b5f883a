import { FormatError } from './inspection.js';

// Limits against files made to hang or to fill memory: more than any real library has (the largest have a few hundred
// thousand symbols, and C++ names of a few thousand bytes).
export const MOST_SYMBOLS = 1 << 20;
export const MOST_NAMES = 64 << 20;
const MOST_NAME = 64 << 10;

/** A table of names, each ended by a NUL. */
export class Names {
  readonly #bytes: Buffer;
  // Names may overlap in the table, so many symbols could share one long name.
  #left = MOST_NAMES;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** @throws FormatError when it has no end, or all names together are too long */
  at(start: number): string {
    const piece = this.#bytes.subarray(start, start + MOST_NAME);
    const end = piece.indexOf(0);
    if (end < 0) throw new FormatError('is damaged: a name of a symbol has no end');
    this.#left -= end;
    if (this.#left < 0) throw new FormatError('is damaged: its symbols have too many bytes of names');
    return piece.toString('utf8', 0, end);
  }
}
