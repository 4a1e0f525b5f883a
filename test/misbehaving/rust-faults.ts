import type { Ending } from './drill.js';

/**
 * Faults in Rust: how an in-process host ends (undefined: that depends on the machine), and how an isolated run ends. The
 * SDK catches most panics and reports them.
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
  // Without a limit it takes all memory of the machine.
  ['allocate', undefined, 'exact'],
  ['stack-overflow', 'killed by SIGSEGV', 'exact'],
  ['null', 'killed by SIGSEGV', 'exact'],
];
