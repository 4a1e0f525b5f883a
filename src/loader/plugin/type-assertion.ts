import { addon } from '../../addon.js';
import { CleanupHook } from '../../boundary/cleanup-hook.js';
import { insidePlugin } from '../../boundary/inside-plugin.js';
import { callAt } from '../../contract/calls.js';
import {
  ABI_MAJOR,
  ABI_MINOR,
  FILTER_LINEWISE,
  FILTER_ORDERED,
  MAGIC,
  TRANSFORM_LINEWISE,
  TRANSFORM_ORDERED,
} from '../../contract/constants.js';
import {
  decodeStruct,
  type ExporterStruct,
  type FilterStruct,
  type PluginStruct,
  structs,
  type TransformStruct,
} from '../../contract/structs.js';
import { AbiError, SharedPluginError, TypeAssertionError } from '../../errors/index.js';
import { judgePlugin } from '../library/judge.js';
import type { Library } from '../library/library.js';

/** A struct of a plugin as it was when it was checked; what the plugin does to its own is without effect. */
export interface Checked<T> {
  struct: T;
  /** The same for the engine, as long as the plugin says that it is, or as the host knows it. */
  bytes: Buffer;
}

/** A plugin that `NewPlugin` gave, after its struct was checked. */
export interface AssertedPlugin {
  address: bigint;
  struct: PluginStruct;
  /** Gives the instance back, which no other owner in the process has meanwhile, and destroys it. */
  cleanup: CleanupHook;
}

/**
 * Looks `NewPlugin` up, calls it if it is a factory, takes the instance, and checks that it is a plugin.
 * @throws NoNewPluginError, SharedPluginError, TypeAssertionError, AbiError
 */
export function assertPlugin(library: Library): AssertedPlugin {
  judgePlugin(library.path, library.inspection);
  const symbol = library.lookup('NewPlugin');
  const shared = symbol.kind === 'data';
  const address = shared ? symbol.address : made(library, symbol.address);
  const cleanup = take(library, address, shared);
  try {
    const struct = readPlugin(library, address, shared ? 'NewPlugin' : 'what NewPlugin gave');
    // init and destroy may each be called once, so a data object that has either cannot be taken again.
    cleanup.callDestroy(struct.destroy, shared && Boolean(struct.init || struct.destroy));
    return { address, struct, cleanup };
  } catch (error) {
    cleanup.run();
    throw error;
  }
}

function made(library: Library, newPlugin: bigint): bigint {
  const address = insidePlugin(library.path, 'NewPlugin', () => callAt(newPlugin, 'NewPlugin')) as bigint | null;
  if (!address) throw refusal(library, 'NewPlugin gave null, not a plug_plugin');
  return address;
}

function take(library: Library, address: bigint, shared: boolean): CleanupHook {
  const taken = CleanupHook.ofInstance(address);
  if (typeof taken === 'object') return taken;
  if (!shared)
    throw refusal(library, 'NewPlugin gave an instance that is in use; a factory gives a fresh one each time');
  throw new SharedPluginError(
    library.path,
    taken === 'loaded' ? 'it is loaded already' : 'it was closed, after which it cannot be initialised again',
  );
}

function readPlugin(library: Library, address: bigint, what: string): PluginStruct {
  const { struct } = readStruct<PluginStruct>(library, 'plug_plugin', address, what);
  if (struct.magic !== MAGIC) {
    throw refusal(library, `${what} is no plug_plugin: its magic is ${hex(struct.magic)}, not ${hex(MAGIC)}`);
  }
  if (struct.abi_major !== ABI_MAJOR) {
    throw new AbiError(library.path, `${struct.abi_major}.${struct.abi_minor}`, `${ABI_MAJOR}.${ABI_MINOR}`);
  }
  checkFunctions(library, 'plug_plugin', struct, ['name', 'run'], ['init', 'destroy', 'extension']);
  return struct;
}

/** @throws TypeAssertionError when the plugin's filter is not what the contract says. */
export function readFilter(library: Library, address: bigint): Checked<FilterStruct> {
  const checked = readStruct<FilterStruct>(library, 'plug_filter', address, 'its filter');
  const { struct } = checked;
  checkFunctions(
    library,
    'plug_filter',
    struct,
    ['match'],
    ['state_new', 'state_free', 'match_batch', 'scan', 'literal', 'spans'],
  );
  checkState(library, 'plug_filter', struct);
  checkOrder(library, 'plug_filter', struct, FILTER_LINEWISE | FILTER_ORDERED);
  return checked;
}

/** @throws TypeAssertionError when the plugin's transform is not what the contract says. */
export function readTransform(library: Library, address: bigint): Checked<TransformStruct> {
  const checked = readStruct<TransformStruct>(library, 'plug_transform', address, 'its transform');
  const { struct } = checked;
  checkFunctions(library, 'plug_transform', struct, ['transform'], ['state_new', 'state_free', 'transform_batch']);
  checkState(library, 'plug_transform', struct);
  checkOrder(library, 'plug_transform', struct, TRANSFORM_LINEWISE | TRANSFORM_ORDERED);
  return checked;
}

/** @throws TypeAssertionError when the plugin's exporter is not what the contract says. */
export function readExporter(library: Library, address: bigint): Checked<ExporterStruct> {
  const checked = readStruct<ExporterStruct>(library, 'plug_exporter', address, 'its exporter');
  const { struct } = checked;
  checkFunctions(library, 'plug_exporter', struct, ['write'], ['state_new', 'state_free', 'begin', 'end']);
  checkState(library, 'plug_exporter', struct);
  return checked;
}

/** Copies a struct out of the plugin's memory once, without believing its address or its size. */
function readStruct<T extends { size: number }>(
  library: Library,
  type: keyof typeof structs,
  address: bigint,
  what: string,
): Checked<T> {
  const { least } = structs[type];
  const size = addon().readMemory(address, 4)?.readUInt32LE();
  if (size === undefined) throw refusal(library, `${what} is at ${hex(address)}, where no memory can be read`);
  if (size < least) throw refusal(library, `${what} says that it has ${size} bytes; a ${type} has >= ${least} bytes`);
  const bytes = addon().readMemory(address, Math.min(size, structs[type].size));
  if (!bytes) throw refusal(library, `${what} says that it has ${size} bytes, not all of which can be read`);
  // The plugin may have written another size since: what was copied counts.
  bytes.writeUInt32LE(bytes.length);
  return { struct: decodeStruct<T>(type, bytes), bytes };
}

function checkFunctions<T>(
  library: Library,
  type: string,
  struct: T,
  mandatory: (keyof T & string)[],
  optional: (keyof T & string)[],
): void {
  for (const field of mandatory) if (!struct[field]) throw refusal(library, `${type}.${field} is null`);
  // The file that is mapped there, which is not library.path when the system knew the same file by another name.
  let known = addon().mappingAt(library.lookup('NewPlugin').address);
  const file = known?.path;
  for (const field of [...mandatory, ...optional]) {
    const address = struct[field] as bigint;
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

function checkState(library: Library, type: string, struct: { state_new: bigint; state_free: bigint }): void {
  if (struct.state_new && !struct.state_free) throw refusal(library, `${type} has state_new and no state_free`);
}

/** `both` are two flags that exclude each other. */
function checkOrder(library: Library, type: string, struct: { flags: number }, both: number): void {
  if ((struct.flags & both) === both) throw refusal(library, `${type} is both LINEWISE and ORDERED`);
}

function refusal(library: Library, reason: string): TypeAssertionError {
  return new TypeAssertionError(library.path, reason);
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
