import { koffi } from './require-koffi.js';

// Plugins run on koffi's own stacks, whose defaults (2 MiB, and 128 KiB for asynchronous calls) are smaller than what
// authors expect of a thread. Must come before the first library is loaded.
const STACK = 8 << 20;
koffi.config({ ...koffi.config(), sync_stack_size: STACK, async_stack_size: STACK });

export { koffi };
