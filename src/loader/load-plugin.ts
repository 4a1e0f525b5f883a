import { basename, extname } from 'node:path';
import type { Instance } from '../boundary/boundary.js';
import { InProcessInstance } from '../boundary/in-process.js';
import { EXPORTER_ID, FILTER_ID } from '../contract/constants.js';
import { TypeAssertionError } from '../errors.js';
import { Exporter, Filter, type Owner } from './capabilities.js';
import { type Config, completeConfig } from './config.js';
import type { Library } from './library.js';
import { deliverPluginLog } from './log.js';
import { open } from './open.js';
import { type Capabilities, Plugin } from './plugin.js';
import { assertPlugin, readExporter, readFilter } from './type-assertion.js';

export interface LoadOptions {
  /** The plugin's options; defaults come from its manifest. */
  config?: Config;
}

/** The instances behind a NewPlugin that is a data object: there can be only one at a time. */
const sharedInUse = new Set<bigint>();

/**
 * Opens a library, asserts that it holds a plugin, and initialises an instance.
 * A factory gives a fresh instance each time; a data object is one shared instance, which can be loaded again after it
 * was closed only if it needs no `destroy`.
 * @throws what `open` throws, and SymbolNotFoundError, TypeAssertionError, ConfigError, PluginFailedError
 */
export function loadPlugin(path: string, { config = {} }: LoadOptions = {}): Plugin {
  const library = open(path);
  const label = library.manifest?.name ?? basename(path, extname(path)).replace(/^lib/, '');
  const completed = completeConfig(label, library.manifest?.config, config);
  const { address, struct, shared } = assertPlugin(library);
  if (shared && sharedInUse.has(address)) {
    throw new TypeAssertionError(
      library.path,
      'NewPlugin is a data object, so there is one instance, and it is loaded already',
      {
        hint: 'close it first, or export NewPlugin as a function',
      },
    );
  }
  const instance = new InProcessInstance(address, struct, label);
  if (shared) sharedInUse.add(address);
  const end = () => {
    instance.destroy();
    // After destroy the one instance is gone for good.
    if (shared && !struct.destroy) sharedInUse.delete(address);
  };
  try {
    const name = instance.name();
    instance.init(JSON.stringify(completed));
    return new Plugin(
      instance,
      { name, label, id: library.id, path: library.path, manifest: library.manifest },
      (owner) => capabilitiesOf(library, instance, owner),
      end,
    );
  } catch (error) {
    end();
    throw error;
  } finally {
    deliverPluginLog();
  }
}

function capabilitiesOf(library: Library, instance: Instance, owner: Owner): Capabilities {
  const filter = instance.extension(FILTER_ID);
  const exporter = instance.extension(EXPORTER_ID);
  for (const id of library.manifest?.extensions ?? []) {
    if (!instance.extension(id))
      throw new TypeAssertionError(library.path, `its manifest promises ${id}, and the plugin does not offer it`);
  }
  return {
    filter: filter ? new Filter(owner, filter, readFilter(library, filter)) : undefined,
    exporter: exporter ? new Exporter(exporter, readExporter(library, exporter)) : undefined,
  };
}
