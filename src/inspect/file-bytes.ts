import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { systemPath } from '../files/file-name.js';
import { FormatError } from './inspection.js';

// Bytes that one system call reads: all of a small library, or the headers of a large one, or small parts near each
// other.
const WINDOW = 64 << 10;
const SMALL = 4 << 10;
/** A limit against malicious files, a few times what the tables of the largest libraries need. */
const MAX_READ = 256 << 20;

/** Reads parts of a file of any size. Each part is checked to lie inside the file. */
export class FileBytes implements Disposable {
  readonly size: number;
  readonly #fd: number;
  readonly #beginning: Buffer;
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;
  #left = MAX_READ;

  /** @throws FormatError when it is no regular file; the system's error when it cannot be opened */
  constructor(path: string) {
    // Without O_NONBLOCK, opening a FIFO blocks until it has a writer.
    this.#fd = openSync(systemPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const status = fstatSync(this.#fd);
      if (!status.isFile()) throw new FormatError(status.isDirectory() ? 'is a directory' : 'is not a regular file');
      this.size = status.size;
      this.#beginning = this.#read(0, Math.min(this.size, WINDOW));
    } catch (error) {
      closeSync(this.#fd);
      throw error;
    }
  }

  /** Returns bytes that the caller must not change. @throws FormatError when they are not all inside the file */
  read(offset: number, length: number): Buffer {
    const end = offset + length;
    if (!(offset >= 0 && length >= 0 && end <= this.size)) {
      throw new FormatError(`is cut off or damaged: it ends at byte ${this.size}, and its headers point beyond`);
    }
    if (end <= this.#beginning.length) return this.#beginning.subarray(offset, end);
    if (length > SMALL) return this.#read(offset, length);
    if (offset < this.#windowAt || end > this.#windowAt + this.#window.length) {
      this.#window = this.#read(offset, Math.min(this.size - offset, WINDOW));
      this.#windowAt = offset;
    }
    return this.#window.subarray(offset - this.#windowAt, end - this.#windowAt);
  }

  #read(offset: number, length: number): Buffer {
    this.#left -= length;
    if (this.#left < 0) throw new FormatError('is damaged: its headers lead to the same bytes over and over');
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
