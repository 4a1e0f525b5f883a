import { addon } from '../addon.js';
import { nulIn } from '../text/nul.js';

const PAGE = 4096;

/**
 * Returns the NUL-terminated bytes at an address, without the NUL, or null when there are more than `max`, or the memory
 * cannot be read up to the NUL. Never faults.
 */
export function readCString(address: bigint, max: number): Buffer | null {
  const parts: Buffer[] = [];
  for (let at = address, left = max + 1; left > 0; ) {
    // Page by page, because the memory may end at the next page.
    const length = Math.min(left, PAGE - Number(at % BigInt(PAGE)));
    const part = addon().readMemory(at, length);
    if (!part) return null;
    const end = nulIn(part);
    const text = end < 0 ? part : part.subarray(0, end);
    if (end >= 0) return parts.length === 0 ? text : Buffer.concat([...parts, text]);
    parts.push(text);
    at += BigInt(length);
    left -= length;
  }
  return null;
}
