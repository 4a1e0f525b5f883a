import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { FormatError } from './inspection.js';

// Small libraries are read by one call, and the headers of large ones.
const BEGINNING = 64 << 10;

/** A file of any size, read in the parts that somebody asks for, each checked to lie inside it. */
export class FileBytes implements Disposable {
  readonly size: number;
  readonly #fd: number;
  readonly #beginning: Buffer;

  /** @throws FormatError when it is no regular file; the system's error when it cannot be opened */
  constructor(path: string) {
    // Without O_NONBLOCK a FIFO would keep us waiting for its writer.
    this.#fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const facts = fstatSync(this.#fd);
    if (!facts.isFile()) {
      closeSync(this.#fd);
      throw new FormatError(facts.isDirectory() ? 'is a directory' : 'is not a regular file');
    }
    this.size = facts.size;
    try {
      this.#beginning = this.#read(0, Math.min(this.size, BEGINNING));
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** @throws FormatError when [offset, offset + length) is not inside the file. */
  read(offset: number, length: number): Buffer {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw new FormatError(`is cut off or damaged: it ends at byte ${this.size}, and its headers point beyond`);
    }
    return offset + length <= this.#beginning.length
      ? this.#beginning.subarray(offset, offset + length)
      : this.#read(offset, length);
  }

  #read(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let got = 0; got < length; ) {
      const count = readSync(this.#fd, bytes, got, length - got, offset + got);
      if (count === 0) throw new FormatError('became shorter while it was read');
      got += count;
    }
    return bytes;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
