import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { InputError, reasonOf } from '../errors/index.js';
import { systemPath } from './file-name.js';

/** Bytes. Far more than a person writes, and small enough to be read at once. */
const MAX_SIZE = 16 << 20;

/** A text and the bytes of its file. */
export interface TextFile {
  text: string;
  bytes: Buffer;
}

/**
 * Reads a small file of UTF-8 text and removes its byte order mark. Refuses anything but a regular file before it opens
 * it: opening a pipe blocks until it has a writer, and opening a device may have an effect.
 * @param operation for messages, such as `read the lock`
 * @param max the largest size in bytes
 * @throws InputError
 */
export function readTextFile(path: string, operation: string, max = MAX_SIZE): TextFile {
  const bytes = readBytes(path, operation, max);
  const wide = /^(\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2));
  if (wide || !isUtf8(bytes)) {
    throw new InputError(path, operation, wide ? 'it is UTF-16, not UTF-8' : 'it has bytes that are not UTF-8', {
      hint: 'save it as UTF-8',
    });
  }
  return { text: bytes.toString().replace(/^\ufeff/, ''), bytes };
}

/** As `readTextFile`, for a file that is no text. */
export function readBytes(path: string, operation: string, max: number): Buffer {
  let fd: number | undefined;
  try {
    refuseOthers(path, operation, statSync(systemPath(path)), max);
    // If a pipe has taken the file's place since, O_NONBLOCK keeps open from blocking.
    fd = openSync(systemPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
    refuseOthers(path, operation, fstatSync(fd), max);
    return readFileSync(fd);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(path, operation, reasonOf(cause), { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function refuseOthers(path: string, operation: string, status: Stats, max: number): void {
  if (!status.isFile()) {
    throw new InputError(path, operation, status.isDirectory() ? 'it is a directory' : 'it is no regular file');
  }
  if (status.size > max) throw new InputError(path, operation, `it is larger than ${max >> 20} MiB`);
}
