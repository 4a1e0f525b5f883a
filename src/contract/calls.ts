import { koffi } from './koffi.js';
import { structs } from './structs.js';

/** The prototypes of what the host calls through koffi. All pointers are addresses (bigint) or buffers. */
const calls = {
  NewPlugin: koffi.proto('void *', []),
  name: koffi.proto('void *', ['void *']),
  init: koffi.proto('int32_t', ['void *', 'void *', structs.plug_bytes, 'void *']),
  run: koffi.proto('int32_t', ['void *', 'void *', 'void *', 'void *']),
  destroy: koffi.proto('void', ['void *']),
  extension: koffi.proto('void *', ['void *', 'void *']),
  state_new: koffi.proto('void *', ['void *', 'void *']),
  state_free: koffi.proto('void', ['void *', 'void *']),
  match: koffi.proto('int32_t', ['void *', 'void *', 'void *', 'uint64_t']),
};

export type CallName = keyof typeof calls;

/** A function of a plugin. What it gives is an address (null for none) or a number, as its prototype says. */
export interface Callable {
  (...args: unknown[]): unknown;
  /** The last argument is a callback; the call runs on a thread of koffi's. */
  async(...args: unknown[]): void;
}

/** Calls the function at an address that has been checked. */
export function callAt(address: bigint, call: CallName, ...args: unknown[]): unknown {
  return koffi.call(address, calls[call], ...args);
}

const functions = new Map<string, Callable>();

/** The same as a function, for many calls or asynchronous ones: making it costs as much as twenty calls. */
export function functionAt(address: bigint, call: CallName): Callable {
  // Kept for good, as the library is mapped for good, and koffi does not free what it makes for a function.
  const key = `${call} ${address}`;
  const known = functions.get(key);
  if (known) return known;
  const made = koffi.decode(address, calls[call]) as Callable;
  functions.set(key, made);
  return made;
}
