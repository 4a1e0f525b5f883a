import { koffi } from './koffi.js';
import { structs } from './structs.js';

/** The prototypes of what the host calls through koffi. All pointers are addresses (bigint) or buffers. */
export const calls = {
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

type Callable = ((...args: unknown[]) => unknown) & { async: (...args: unknown[]) => void };

/** The function at an address that has been checked. */
export function functionAt(address: bigint, call: keyof typeof calls): Callable {
  return koffi.decode(address, calls[call]) as unknown as Callable;
}
