import { types } from 'node:util';

/**
 * Returns what is wrong with bytes from a caller, or undefined. Called for every piece and line, so it allocates
 * nothing. Does not use `instanceof`, which would run the traps of a proxy.
 */
export function faultOfBytes(value: unknown): 'other' | 'detached' | undefined {
  if (!types.isUint8Array(value)) return 'other';
  return value.length === 0 && isDetached(value.buffer) ? 'detached' : undefined;
}

/** Returns whether a buffer was transferred to another owner, which leaves its views without bytes. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  try {
    new Uint8Array(buffer, 0, 0);
    return false;
  } catch {
    return true;
  }
}

export const DETACHED = 'the buffer of these bytes was transferred, so there are none';
