import { isUtf8 } from 'node:buffer';
import { FormatError } from '../inspection.js';

/** Reads a part of a WebAssembly module from beginning to end. Throws FormatError where the part ends too early. */
export class WasmBytes {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Buffer {
    if (length > this.left) throw new FormatError('is cut off or damaged: a part of it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1)[0] as number;
  }

  /** Reads an unsigned number of at most 32 bits, in LEB128. */
  u32(): number {
    const value = this.#leb(5);
    if (value >= 2 ** 32) throw new FormatError('is damaged: a number in it is too large');
    return value;
  }

  /** Reads a number that has at most as many bytes, as the bits of an unsigned one. Only lengths matter to the caller. */
  skipNumber(bytes: number): void {
    this.#leb(bytes);
  }

  /** Reads a signed number of 32 bits as an address. */
  address(): number {
    const start = this.#at;
    const value = this.#leb(5);
    const width = 7 * (this.#at - start);
    const isNegative = width < 32 && value >= 2 ** (width - 1);
    return (isNegative ? value - 2 ** width : value) >>> 0;
  }

  name(): string {
    const bytes = this.take(this.u32());
    if (!isUtf8(bytes)) throw new FormatError('is damaged: a name in it is not UTF-8');
    return bytes.toString();
  }

  /** Reads a list: the number of its items, then each. */
  list<T>(item: () => T): T[] {
    const count = this.u32();
    // An item has at least one byte.
    if (count > this.left) throw new FormatError('is cut off or damaged: a list is longer than the file');
    return Array.from({ length: count }, item);
  }

  #leb(most: number): number {
    let value = 0;
    for (let i = 0; i < most; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    throw new FormatError('is damaged: a number in it does not end');
  }
}
