import type { Ending } from './drill.js';

/**
 * What goes wrong in Rust: what becomes of a host in the plugin's process (undefined: that depends on the machine), and with the plugin
 * in its own. Most panics are caught by the SDK, and told.
 */
export const RUST_FAULTS: readonly [name: string, inProcess: Ending | undefined, isolated: Ending][] = [
  ['panic', 'refused', 'exact'],
  ['panic-without-words', 'refused', 'exact'],
  ['panic-of-dirt', 'refused', 'exact'],
  ['index', 'refused', 'exact'],
  ['unwrap', 'refused', 'exact'],
  ['borrow-twice', 'refused', 'exact'],
  ['capacity', 'refused', 'exact'],
  ['panic-in-thread', 'unharmed', 'unharmed'],
  ['panic-in-c', 'killed by SIGABRT', 'exact'],
  ['panic-in-drop', 'killed by SIGABRT', 'exact'],
  ['panic-in-payload', 'refused', 'exact'],
  ['abort', 'killed by SIGABRT', 'exact'],
  ['exit', 'ends with status 70', 'exact'],
  // Without a limit, until the machine has no more.
  ['allocate', undefined, 'exact'],
  ['stack-overflow', 'killed by SIGSEGV', 'exact'],
  ['null', 'killed by SIGSEGV', 'exact'],
];
