import { addon } from '../addon.js';
import { koffi } from './koffi.js';

// The main thread calls plugins through koffi, a worker thread through the addon. `worker.terminate()` and the end of
// the process stop a worker between any two instructions. koffi then cannot return a value to JavaScript and ends the
// process. The addon can always finish.

/** The functions of a plugin that JavaScript calls. All pointers are addresses (bigint) or buffers. */
export type CallName = 'NewPlugin' | 'name' | 'init' | 'run' | 'extension' | 'state_new';

type Koffi = ReturnType<typeof koffi>;
type Prototype = ReturnType<Koffi['proto']>;

const PROTOTYPES: Record<CallName | 'matchGate', (koffi: Koffi) => Prototype> = {
  NewPlugin: ({ proto }) => proto('void *', []),
  name: ({ proto }) => proto('void *', ['void *']),
  init: ({ proto, struct }) =>
    proto('int32_t', ['void *', 'void *', struct({ data: 'void *', len: 'uint64_t' }), 'void *']),
  run: ({ proto }) => proto('int32_t', ['void *', 'void *', 'void *', 'void *']),
  extension: ({ proto }) => proto('void *', ['void *', 'void *']),
  state_new: ({ proto }) => proto('void *', ['void *', 'void *']),
  matchGate: ({ proto }) => proto('int32_t', ['void *', 'void *', 'void *', 'void *', 'void *', 'uint64_t']),
};

const madePrototypes: Partial<Record<CallName | 'matchGate', Prototype>> = {};

/** Returns the prototype of a call. Makes it when it is first needed: most plugins need half of them. */
function prototypeOf(call: CallName | 'matchGate'): Prototype {
  const prototype = madePrototypes[call] ?? PROTOTYPES[call](koffi());
  madePrototypes[call] = prototype;
  return prototype;
}

/** Calls the function at a checked address. Returns an address (null for none) or a number. */
export function callAt(address: bigint, call: Exclude<CallName, 'init'>, ...args: unknown[]): unknown {
  if (!addon().mainThread) return addon().calls[call](address, ...args);
  return koffi().call(address, prototypeOf(call), ...args);
}

/** Calls `init` at a checked address with the bytes of the config. Returns its status. */
export function initAt(address: bigint, plugin: bigint, host: bigint, config: Uint8Array, error: Uint8Array): number {
  if (!addon().mainThread) return addon().calls.init(address, plugin, host, config, error);
  return koffi().call(address, prototypeOf('init'), plugin, host, { data: config, len: config.length }, error);
}

/** Returns a function that calls `match` at a checked address. `host` is the address of the plugin's `plug_host`. */
export function matchAt(address: bigint, host: bigint): (plugin: bigint, state: bigint, line: Uint8Array) => number {
  if (!addon().mainThread) {
    const { match } = addon().calls;
    return (plugin, state, line) => match(address, host, plugin, state, line);
  }
  const match = matchGate();
  return (plugin, state, line) => match(address, host, plugin, state, line, line.length) as number;
}

type Callable = (...args: unknown[]) => unknown;
let madeMatchGate: Callable | undefined;

/** Returns the addon's function that calls `match` and restores the thread's floating-point mode afterwards. */
function matchGate(): Callable {
  madeMatchGate ??= koffi().decode(addon().matchGate, prototypeOf('matchGate')) as Callable;
  return madeMatchGate;
}

/** An open library, for looking up symbols on this thread. */
export interface LibraryHandle {
  /** @throws Error */
  symbol(name: string): bigint;
}

/** Opens a library with RTLD_NOW and RTLD_LOCAL. @throws Error with the system's reason in it */
export function openLibrary(file: string): LibraryHandle {
  if (addon().mainThread) return koffi().load(file) as LibraryHandle;
  const handle = addon().openLibrary(file);
  return { symbol: (name) => addon().symbolOf(handle, name) };
}
