import { isUtf8 } from 'node:buffer';
import { readlinkSync } from 'node:fs';

/*
 * File names of the system are bytes. Here they are strings. Each byte that is not part of valid UTF-8 becomes one lone
 * surrogate, U+DC80 to U+DCFF, which valid text never contains (Python's PEP 383). So code can cut, join, compare and
 * sort names like other strings, and the system gets back the original bytes.
 */

const ESCAPE = 0xdc00;

/** Returns the string for the bytes of a name. */
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

/** Returns the bytes of a name, or of text that contains names. */
export function bytesOf(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = text.split(/(\p{Cs}+)/u);
  return Buffer.concat(
    parts.map((part, i) => (i % 2 ? Buffer.concat(Array.from(part, escapedBytes)) : Buffer.from(part))),
  );
}

/** Returns a name in the form that functions of node:fs accept. */
export function systemPath(name: string): string | Buffer {
  return name.isWellFormed() ? name : bytesOf(name);
}

/** Returns whether every lone surrogate in a text stands for a byte, as in names. */
export function hasOnlyBytes(text: string): boolean {
  return text.isWellFormed() || nameOf(bytesOf(text)) === text;
}

/** Returns the path of the working folder. */
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
