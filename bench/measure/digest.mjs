// Reads outputs of any size, a mebibyte at a time.
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

const BLOCK = 1 << 20;
const NEWLINE = 10;

/** Returns the SHA-256 of a file, and its lines if they are to be counted. */
export function digestOf(path, counts) {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(BLOCK);
  const file = openSync(path);
  let lines = 0;
  for (let got = readSync(file, buffer); got > 0; got = readSync(file, buffer)) {
    const block = buffer.subarray(0, got);
    hash.update(block);
    if (!counts) continue;
    for (let at = block.indexOf(NEWLINE); at >= 0; at = block.indexOf(NEWLINE, at + 1)) lines++;
  }
  closeSync(file);
  return { digest: hash.digest('hex'), lines };
}
