import { addon } from '../addon.js';
import { koffi } from './koffi.js';

// The host calls plugins through koffi; in a worker thread through the addon. `worker.terminate()`, or the end of the
// process, stops a worker between any two instructions, and koffi, which then cannot give its answer to JavaScript, ends
// the process. The addon can always finish.

/** The functions of a plugin that JavaScript calls. All pointers are addresses (bigint) or buffers. */
export type CallName = 'NewPlugin' | 'name' | 'init' | 'run' | 'extension' | 'state_new';

/** C functions of the addon that stand around a call of a plugin where JavaScript cannot. */
type GateName = 'runGate' | 'matchGate';

let prototypes: Record<CallName | GateName, ReturnType<ReturnType<typeof koffi>['proto']>> | undefined;

function prototypeOf(call: CallName | GateName) {
  const { proto, struct } = koffi();
  prototypes ??= {
    NewPlugin: proto('void *', []),
    name: proto('void *', ['void *']),
    init: proto('int32_t', ['void *', 'void *', struct({ data: 'void *', len: 'uint64_t' }), 'void *']),
    run: proto('int32_t', ['void *', 'void *', 'void *', 'void *']),
    extension: proto('void *', ['void *', 'void *']),
    state_new: proto('void *', ['void *', 'void *']),
    runGate: proto('int32_t', ['void *', 'void *', 'void *', 'void *', 'void *', 'void *']),
    matchGate: proto('int32_t', ['void *', 'void *', 'void *', 'void *', 'void *', 'uint64_t']),
  };
  return prototypes[call];
}

/** Calls the function at an address that has been checked. Gives an address (null for none) or a number. */
export function callAt(address: bigint, call: Exclude<CallName, 'init'>, ...args: unknown[]): unknown {
  if (!addon().mainThread) return addon().calls[call](address, ...args);
  return koffi().call(address, prototypeOf(call), ...args);
}

/** The same for `init`, with the bytes of the config. */
export function initAt(address: bigint, plugin: bigint, host: bigint, config: Uint8Array, error: Uint8Array): number {
  if (!addon().mainThread) return addon().calls.init(address, plugin, host, config, error);
  return koffi().call(address, prototypeOf('init'), plugin, host, { data: config, len: config.length }, error);
}

/** `match` at an address that has been checked, once and for many calls. `host` is the one that the plugin was given. */
export function matchAt(address: bigint, host: bigint): (plugin: bigint, state: bigint, line: Uint8Array) => number {
  if (!addon().mainThread) {
    const { match } = addon().calls;
    return (plugin, state, line) => match(address, host, plugin, state, line);
  }
  const match = gate('matchGate');
  return (plugin, state, line) => match(address, host, plugin, state, line, line.length) as number;
}

/** `run` on a thread of the pool. */
export function runAsyncAt(address: bigint, host: bigint, ...args: unknown[]): Promise<number> {
  if (!addon().mainThread) return addon().calls.runAsync(address, host, ...args);
  const run = gate('runGate');
  return new Promise((resolve, reject) => {
    run.async(address, host, ...args, (failure: unknown, result: number) =>
      failure ? reject(failure) : resolve(result),
    );
  });
}

interface Callable {
  (...args: unknown[]): unknown;
  async(...args: unknown[]): void;
}

const gates = new Map<GateName, Callable>();

function gate(name: GateName): Callable {
  const known = gates.get(name);
  if (known) return known;
  const made = koffi().decode(addon()[name], prototypeOf(name)) as Callable;
  gates.set(name, made);
  return made;
}

/** An open library, as its thread looks symbols up. */
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
