import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { InputError, reasonOf } from '../errors/index.js';
import { systemPath } from './file-name.js';

/** Bytes. Far more than a person writes, and small enough to be read at once. */
const MAX = 16 << 20;

/** A text and the bytes of its file. */
export interface TextFile {
  text: string;
  bytes: Buffer;
}

/**
 * Reads a small file of UTF-8 text and removes its byte order mark. Refuses anything but a regular file before it opens
 * it: opening a pipe blocks until it has a writer, and opening a device may have an effect.
 * @param operation for messages, such as `read the lock`
 * @throws InputError
 */
export function readTextFile(path: string, operation: string): TextFile {
  const bytes = readBytes(path, operation);
  const wide = /^(\xff\xfe|\xfe\xff)/.test(bytes.toString('latin1', 0, 2));
  if (wide || !isUtf8(bytes)) {
    throw new InputError(path, operation, wide ? 'it is UTF-16, not UTF-8' : 'it has bytes that are not UTF-8', {
      hint: 'save it as UTF-8',
    });
  }
  return { text: bytes.toString().replace(/^\ufeff/, ''), bytes };
}

function readBytes(path: string, operation: string): Buffer {
  let fd: number | undefined;
  try {
    refuseOthers(path, operation, statSync(systemPath(path)));
    // If a pipe has taken the file's place since, O_NONBLOCK keeps open from blocking.
    fd = openSync(systemPath(path), constants.O_RDONLY | constants.O_NONBLOCK);
    refuseOthers(path, operation, fstatSync(fd));
    return readFileSync(fd);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    throw new InputError(path, operation, reasonOf(cause), { cause });
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function refuseOthers(path: string, operation: string, status: Stats): void {
  if (!status.isFile()) {
    throw new InputError(path, operation, status.isDirectory() ? 'it is a directory' : 'it is no regular file');
  }
  if (status.size > MAX) throw new InputError(path, operation, `it is larger than ${MAX >> 20} MiB`);
}
