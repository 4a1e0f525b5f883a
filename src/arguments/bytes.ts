import { types } from 'node:util';

/**
 * Returns what is wrong with bytes that a caller gave, or undefined. Asked before every piece and every line, so it makes
 * nothing; `instanceof` would run what a proxy has for that.
 */
export function faultOfBytes(value: unknown): 'other' | 'detached' | undefined {
  if (!types.isUint8Array(value)) return 'other';
  return value.length === 0 && isDetached(value.buffer) ? 'detached' : undefined;
}

/** Of no view of such a buffer there are bytes any more: it was transferred to somebody else. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer, 0, 0);
    return false;
  } catch {
    return true;
  }
}

export const DETACHED = 'the buffer of these bytes was transferred, so there are none';
