import { addon } from '../addon.js';

const PAGE = 4096;

/**
 * The NUL-terminated bytes at an address, at most `most` of them, without touching memory that cannot be read.
 * Null when the memory ends, or no NUL comes, before that.
 */
export function readCString(address: bigint, most: number): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = address, left = most + 1; left > 0; ) {
    // Page by page, because the next page need not be there.
    const length = Math.min(left, PAGE - Number(at % BigInt(PAGE)));
    const part = addon().readMemory(at, length);
    if (!part) return null;
    const end = part.indexOf(0);
    parts.push(end < 0 ? part : part.subarray(0, end));
    if (end >= 0) return Buffer.concat(parts);
    at += BigInt(length);
    left -= length;
  }
  return null;
}
