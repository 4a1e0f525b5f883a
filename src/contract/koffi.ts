import { requireKoffi } from './require-koffi.js';

// koffi calls plugins on stacks of its own. Their defaults (2 MiB, and 128 KiB for asynchronous calls) are smaller than
// the 8 MiB that authors expect of a thread.
const STACK = 8 << 20;

let loaded: ReturnType<typeof requireKoffi> | undefined;

/** Returns koffi. In a worker thread only views of symbols and declared functions use it: see calls.ts. */
export function koffi(): ReturnType<typeof requireKoffi> {
  loaded ??= prepared();
  return loaded;
}

function prepared(): ReturnType<typeof requireKoffi> {
  const koffi = requireKoffi();
  try {
    koffi.config({ ...koffi.config(), sync_stack_size: STACK, async_stack_size: STACK });
  } catch {
    // koffi fixes the sizes when it opens the first library. The program has opened one on this thread before.
  }
  // koffi makes its stacks when it opens the first library. There may be none: a worker thread opens libraries through the
  // addon, and some plugins are linked into it. So open the program itself.
  koffi.load(null);
  return koffi;
}
