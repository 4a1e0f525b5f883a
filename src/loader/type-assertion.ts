import { addon } from '../addon.js';
import { functionAt } from '../contract/calls.js';
import { ABI_MAJOR, ABI_MINOR, MAGIC } from '../contract/constants.js';
import {
  decodeStruct,
  type ExporterStruct,
  type FilterStruct,
  type PluginStruct,
  structs,
} from '../contract/structs.js';
import { AbiError, TypeAssertionError } from '../errors.js';
import type { Library } from './library.js';

/** A plugin that `NewPlugin` gave, after its struct was checked. */
export interface AssertedPlugin {
  address: bigint;
  struct: PluginStruct;
  /** NewPlugin is the plugin itself, not a factory. */
  shared: boolean;
}

// The first version's structs up to their last mandatory field; later versions only grow.
const PLUGIN_LEAST = structs.plug_plugin.size;
const FILTER_LEAST = 32;
const EXPORTER_LEAST = 40;

/**
 * Looks `NewPlugin` up, calls it if it is a factory, and checks that what it gives is a plugin.
 * @throws SymbolNotFoundError, TypeAssertionError, AbiError
 */
export function assertPlugin(library: Library): AssertedPlugin {
  const symbol = library.lookup('NewPlugin');
  const refuse = (reason: string) => new TypeAssertionError(library.path, reason);
  if (symbol.kind === 'data') {
    if (symbol.size < PLUGIN_LEAST) {
      throw refuse(`NewPlugin is a data object of ${symbol.size} bytes, not a plug_plugin (>= ${PLUGIN_LEAST} bytes)`);
    }
    return { address: symbol.address, struct: readPlugin(library, symbol.address, 'NewPlugin'), shared: true };
  }
  const address = (functionAt(symbol.address, 'NewPlugin')() as bigint | null) ?? 0n;
  if (!address) throw refuse('NewPlugin returned null, so there is no plugin');
  return { address, struct: readPlugin(library, address, 'what NewPlugin returned'), shared: false };
}

function readPlugin(library: Library, address: bigint, what: string): PluginStruct {
  const struct = readStruct<PluginStruct>(library, 'plug_plugin', address, what, PLUGIN_LEAST);
  if (struct.magic !== MAGIC) {
    throw new TypeAssertionError(
      library.path,
      `${what} is no plug_plugin: its magic is 0x${struct.magic.toString(16)}, not 0x${MAGIC.toString(16)}`,
    );
  }
  if (struct.abi_major !== ABI_MAJOR) {
    throw new AbiError(library.path, `${struct.abi_major}.${struct.abi_minor}`, `${ABI_MAJOR}.${ABI_MINOR}`);
  }
  checkFunctions(library, 'plug_plugin', struct, ['name', 'run'], ['init', 'destroy', 'extension']);
  return struct;
}

/** @throws TypeAssertionError when the plugin's filter is not what the contract says. */
export function readFilter(library: Library, address: bigint): FilterStruct {
  const struct = readStruct<FilterStruct>(library, 'plug_filter', address, 'its filter', FILTER_LEAST);
  checkFunctions(library, 'plug_filter', struct, ['match'], ['state_new', 'state_free', 'match_batch', 'scan']);
  checkState(library, 'plug_filter', struct);
  return struct;
}

/** @throws TypeAssertionError when the plugin's exporter is not what the contract says. */
export function readExporter(library: Library, address: bigint): ExporterStruct {
  const struct = readStruct<ExporterStruct>(library, 'plug_exporter', address, 'its exporter', EXPORTER_LEAST);
  checkFunctions(library, 'plug_exporter', struct, ['write'], ['state_new', 'state_free', 'begin', 'end']);
  checkState(library, 'plug_exporter', struct);
  return struct;
}

/** Copies a struct out of the plugin's memory, without believing its address or its size. */
function readStruct<T extends { size: number }>(
  library: Library,
  type: keyof typeof structs,
  address: bigint,
  what: string,
  least: number,
): T {
  const size = addon().readMemory(address, 4)?.readUInt32LE();
  if (size === undefined)
    throw new TypeAssertionError(library.path, `${what} is at 0x${address.toString(16)}, where no memory can be read`);
  if (size < least)
    throw new TypeAssertionError(
      library.path,
      `${what} states a size of ${size} bytes, not a ${type} (>= ${least} bytes)`,
    );
  const bytes = addon().readMemory(address, Math.min(size, structs[type].size));
  if (!bytes)
    throw new TypeAssertionError(library.path, `${what} states a size of ${size} bytes, not all of which can be read`);
  return decodeStruct<T>(type, bytes);
}

function checkFunctions<T>(
  library: Library,
  type: string,
  struct: T,
  mandatory: (keyof T & string)[],
  optional: (keyof T & string)[],
): void {
  for (const field of mandatory) {
    if (!struct[field]) throw new TypeAssertionError(library.path, `${type}.${field} is null`);
  }
  for (const field of [...mandatory, ...optional]) {
    const address = struct[field] as bigint;
    if (!address) continue;
    const mapping = addon().mappingAt(address);
    if (mapping?.path === library.path && mapping.executable) continue;
    const where = mapping ? `in ${mapping.executable ? 'code' : 'data'} of ${mapping.path}` : 'in no library';
    throw new TypeAssertionError(
      library.path,
      `${type}.${field} is 0x${address.toString(16)}, which lies ${where}, not in code of the plugin`,
    );
  }
}

function checkState(library: Library, type: string, struct: { state_new: bigint; state_free: bigint }): void {
  if (struct.state_new && !struct.state_free)
    throw new TypeAssertionError(library.path, `${type} has state_new and no state_free`);
}
