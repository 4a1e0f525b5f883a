import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync, type Stats, statSync } from 'node:fs';
import { InputError, reasonOf } from '../errors/index.js';
import { systemPath } from './file-name.js';

/** Bytes; far more than people write, and little enough to be read at once. */
const MAX = 16 << 20;

/** A text, and the bytes that it was read from. */
export interface TextFile {
  text: string;
  bytes: Buffer;
}

/**
 * Reads a small text in UTF-8, with or without a byte order mark. Waits for nobody: what is no regular file is refused
 * before it is opened, as a pipe would keep us waiting for its writer and a device may act when it is opened.
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
    // It may have been replaced since; then this keeps the system from waiting.
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

function refuseOthers(path: string, operation: string, facts: Stats): void {
  if (!facts.isFile()) {
    throw new InputError(path, operation, facts.isDirectory() ? 'it is a directory' : 'it is no regular file');
  }
  if (facts.size > MAX) throw new InputError(path, operation, `it is larger than ${MAX >> 20} MiB`);
}
