import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** A part of the file that its own headers point to is not there. */
export class OutOfFileError extends Error {}

/** A file of any size, read in the parts that somebody asks for, each checked to lie inside it. */
export class FileBytes {
  readonly size: number;
  readonly #fd: number;

  /** @throws the system's error when the file cannot be opened, or is not a regular file. */
  constructor(path: string) {
    this.#fd = openSync(path, 'r');
    const facts = fstatSync(this.#fd);
    if (!facts.isFile()) {
      closeSync(this.#fd);
      throw new Error(facts.isDirectory() ? 'it is a directory' : 'it is not a regular file');
    }
    this.size = facts.size;
  }

  /** @throws OutOfFileError when [offset, offset + length) is not inside the file. */
  read(offset: number, length: number): Buffer {
    if (!(offset >= 0 && length >= 0 && offset + length <= this.size)) {
      throw new OutOfFileError(`it ends at byte ${this.size}, and its headers point to byte ${offset + length}`);
    }
    const bytes = Buffer.allocUnsafe(length);
    let got = 0;
    while (got < length) {
      const n = readSync(this.#fd, bytes, got, length - got, offset + got);
      if (n === 0) throw new OutOfFileError('it became shorter while it was read');
      got += n;
    }
    return bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
