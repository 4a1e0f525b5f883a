import { addon } from '../addon.js';
import { requireKoffi } from './require-koffi.js';

// Plugins run on koffi's own stacks, whose defaults (2 MiB, and 128 KiB for asynchronous calls) are smaller than what
// authors expect of a thread.
const STACK = 8 << 20;

let loaded: ReturnType<typeof requireKoffi> | undefined;

/** koffi. Of a worker thread only what its user declares and views may ask for it: see calls.ts. */
export function koffi(): ReturnType<typeof requireKoffi> {
  loaded ??= prepared();
  return loaded;
}

function prepared(): ReturnType<typeof requireKoffi> {
  const koffi = requireKoffi();
  try {
    koffi.config({ ...koffi.config(), sync_stack_size: STACK, async_stack_size: STACK });
  } catch {
    // Whoever has opened a library by koffi on this thread before has chosen the stacks, which cannot be changed then.
  }
  // It makes its stacks with the first library. A worker thread opens none: what it calls into was opened by the addon.
  if (!addon().mainThread) koffi.load(null);
  return koffi;
}
