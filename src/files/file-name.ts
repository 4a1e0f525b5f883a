import { isUtf8 } from 'node:buffer';
import { readlinkSync } from 'node:fs';

/*
 * The system's names of files are bytes. Here they are strings, in which each byte that is no part of UTF-8 is one lone
 * half of a surrogate pair, U+DC80 to U+DCFF, which no text has: the convention of Python (PEP 383). So a name can be cut,
 * joined, compared and sorted like any other, and is given to the system as the bytes that it was.
 */

const ESCAPE = 0xdc00;

/** Returns the name that is these bytes. */
export function nameOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return buffer.toString();
  let name = '';
  for (let at = 0; at < buffer.length; ) {
    const size = [1, 2, 3, 4].find(
      (length) => at + length <= buffer.length && isUtf8(buffer.subarray(at, at + length)),
    );
    name += size ? buffer.toString('utf8', at, at + size) : String.fromCharCode(ESCAPE + (buffer[at] ?? 0));
    at += size ?? 1;
  }
  return name;
}

/** Returns the bytes of a name, or of any text with names in it. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/(\p{Cs}+)/u);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 ? Buffer.concat(Array.from(part, escapedBytes)) : Buffer.from(part))),
  );
}

/** Returns a name as functions of node:fs take it. */
export function systemPath(name: string): string | Buffer {
  return name.isWellFormed() ? name : bytesOf(name);
}

/** Whether each half of a surrogate pair in a text stands for a byte, as in names. */
export function hasOnlyBytes(text: string): boolean {
  return text.isWellFormed() || nameOf(bytesOf(text)) === text;
}

/** Returns the name of the working folder. */
export function workingFolder(): string {
  const folder = process.cwd();
  if (!folder.includes('\ufffd')) return folder;
  try {
    return nameOf(readlinkSync('/proc/self/cwd', 'buffer'));
  } catch {
    return folder;
  }
}

function escapedBytes(half: string): Buffer {
  const byte = half.charCodeAt(0) - ESCAPE;
  return byte >= 0x80 && byte <= 0xff ? Buffer.from([byte]) : Buffer.from(half);
}
