import { addon } from '../../addon.js';
import { CleanupHook } from '../../boundary/cleanup-hook.js';
import { insidePlugin } from '../../boundary/inside-plugin.js';
import { callAt } from '../../contract/calls.js';
import { ABI_MAJOR, ABI_MINOR, MAGIC } from '../../contract/constants.js';
import { KINDS, type Kind } from '../../contract/kinds.js';
import { decodeStruct, type KindStruct, type PluginStruct, structs, viewOf } from '../../contract/structs.js';
import { AbiError, SharedPluginError, TypeAssertionError } from '../../errors/index.js';

/** The plugin's struct of a kind as it was when the host checked it. Later changes by the plugin have no effect. */
export interface Checked<K extends Kind> {
  struct: KindStruct<K>;
  /** The copied bytes, for the engine: as many as the plugin states and this host knows. */
  bytes: Buffer;
}

/** Native code that holds a plugin: an open library, or a part of the addon. */
export interface PluginCode {
  readonly path: string;
  /** Returns where `NewPlugin` lies. */
  lookup(name: 'NewPlugin'): { kind: 'function' | 'data'; address: bigint };
}

/** A plugin that `NewPlugin` gave, after its struct was checked. */
export interface AssertedPlugin {
  address: bigint;
  struct: PluginStruct;
  /** Destroys the instance and gives up its ownership, which is exclusive in the process. */
  cleanup: CleanupHook;
}

/**
 * Looks up `NewPlugin`, calls it if it is a factory, takes ownership of the instance, and checks its struct.
 * @param library a library that has passed `judgePlugin`, or a part of the addon
 * @throws SharedPluginError, TypeAssertionError, AbiError
 */
export function assertPlugin(library: PluginCode): AssertedPlugin {
  const symbol = library.lookup('NewPlugin');
  const shared = symbol.kind === 'data';
  const address = shared ? symbol.address : createInstance(library, symbol.address);
  const cleanup = take(library, address, shared);
  try {
    const struct = readPlugin(library, address, shared ? 'NewPlugin' : 'what NewPlugin gave');
    // init and destroy may each be called only once, so a data object that has one of them cannot be taken again.
    cleanup.callDestroy(struct.destroy, shared && Boolean(struct.init || struct.destroy));
    return { address, struct, cleanup };
  } catch (error) {
    cleanup.run();
    throw error;
  }
}

function createInstance(library: PluginCode, newPlugin: bigint): bigint {
  const address = insidePlugin(library.path, 'NewPlugin', () => callAt(newPlugin, 'NewPlugin')) as bigint | null;
  if (!address) throw refusal(library, 'NewPlugin gave null, not a plug_plugin');
  return address;
}

function take(library: PluginCode, address: bigint, shared: boolean): CleanupHook {
  const taken = CleanupHook.ofInstance(address);
  if (typeof taken === 'object') return taken;
  if (!shared)
    throw refusal(library, 'NewPlugin gave an instance that is in use; a factory gives a fresh one each time');
  throw new SharedPluginError(
    library.path,
    taken === 'loaded' ? 'it is loaded already' : 'it was closed, after which it cannot be initialised again',
  );
}

function readPlugin(library: PluginCode, address: bigint, what: string): PluginStruct {
  const { struct } = readStruct<PluginStruct>(library, 'plug_plugin', address, what);
  if (struct.magic !== MAGIC) {
    throw refusal(library, `${what} is no plug_plugin: its magic is ${hex(struct.magic)}, not ${hex(MAGIC)}`);
  }
  if (struct.abi_major !== ABI_MAJOR) {
    throw new AbiError(library.path, `${struct.abi_major}.${struct.abi_minor}`, `${ABI_MAJOR}.${ABI_MINOR}`);
  }
  checkFunctions(library, 'plug_plugin', struct, ['name', 'run', 'init', 'destroy', 'extension'], ['name', 'run']);
  return struct;
}

/**
 * Copies the plugin's struct of a kind and checks it by the row of the kind.
 * @param address what the plugin's `extension` returned for the id of the kind
 * @throws TypeAssertionError
 */
export function readKind<K extends Kind>(library: PluginCode, kind: K, address: bigint): Checked<K> {
  const type = `plug_${kind}` as const;
  const { functions, mandatory, flags, exclusive }: KindRow = KINDS[kind];
  const { struct, bytes } = readStruct<KindStruct<K>>(library, type, address, `its ${kind}`);
  checkFunctions(library, type, struct, [...functions, 'state_new', 'state_free'], mandatory);
  if (struct.state_new && !struct.state_free) throw refusal(library, `${type} has state_new and no state_free`);
  for (const pair of exclusive) {
    const both = pair.reduce((bits, flag) => bits | (flags[flag] ?? 0), 0);
    if ((struct.flags & both) === both) throw refusal(library, `${type} is both ${pair.join(' and ')}`);
  }
  return { struct, bytes };
}

/** A row of any kind. */
interface KindRow {
  functions: readonly string[];
  mandatory: readonly string[];
  flags: Readonly<Record<string, number>>;
  exclusive: readonly (readonly string[])[];
}

/** Copies a struct from the plugin's memory once. Checks its address and its size first. */
function readStruct<T extends { size: number }>(
  library: PluginCode,
  type: keyof typeof structs,
  address: bigint,
  what: string,
): { struct: T; bytes: Buffer } {
  const { least } = structs[type];
  const head = addon().readMemory(address, 4);
  if (!head) throw refusal(library, `${what} is at ${hex(address)}, where no memory can be read`);
  const size = viewOf(head).getUint32(0, true);
  if (size < least) throw refusal(library, `${what} says that it has ${size} bytes; a ${type} has >= ${least} bytes`);
  const bytes = addon().readMemory(address, Math.min(size, structs[type].size));
  if (!bytes) throw refusal(library, `${what} says that it has ${size} bytes, not all of which can be read`);
  // The plugin may have changed the size meanwhile; state the size of the copy.
  viewOf(bytes).setUint32(0, bytes.length, true);
  return { struct: decodeStruct<T>(type, bytes), bytes };
}

/** Checks that each function lies in the code of the library, or is null and not mandatory. */
function checkFunctions(
  library: PluginCode,
  type: string,
  struct: object,
  functions: readonly string[],
  mandatory: readonly string[],
): void {
  // The path of the mapping differs from library.path if the loader had opened the file under another name.
  let known = addon().mappingAt(library.lookup('NewPlugin').address);
  const file = known?.path;
  for (const field of functions) {
    const address = (struct as Record<string, bigint>)[field] ?? 0n;
    if (!address && mandatory.includes(field)) throw refusal(library, `${type}.${field} is null`);
    if (!address || (known?.executable && known.begin <= address && address < known.end)) continue;
    const mapping = addon().mappingAt(address);
    if (mapping?.executable && mapping.path === file) {
      known = mapping;
      continue;
    }
    const where = mapping
      ? `the ${mapping.executable ? 'code' : 'data'} of ${mapping.path || 'the host'}`
      : 'no library';
    throw refusal(library, `${type}.${field} is ${hex(address)}, which lies in ${where}, not in the plugin's code`);
  }
}

function refusal(library: PluginCode, reason: string): TypeAssertionError {
  return new TypeAssertionError(library.path, reason);
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
