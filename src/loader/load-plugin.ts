import { basename, extname } from 'node:path';
import type { Instance } from '../boundary/boundary.js';
import { InProcessInstance } from '../boundary/in-process.js';
import { EXPORTER_ID, FILTER_ID } from '../contract/constants.js';
import { TypeAssertionError } from '../errors.js';
import { type Config, completeConfig } from './config.js';
import type { Library } from './library.js';
import { deliverPluginLog } from './log.js';
import { open } from './open.js';
import { type Extensions, Plugin } from './plugin.js';
import { takeShared } from './shared-instances.js';
import { assertPlugin, readExporter, readFilter } from './type-assertion.js';

export interface LoadOptions {
  /** The plugin's options; defaults come from its manifest. */
  config?: Config;
}

/**
 * Opens a library, asserts that it holds a plugin, and initialises an instance. A factory gives a fresh instance each
 * time; a data object is one instance, which cannot be loaded while it is, nor again once its `destroy` was called.
 * @throws what `open` throws, and ConfigError, NoNewPluginError, TypeAssertionError, SharedPluginError,
 * PluginFailedError, PluginDataError
 */
export function loadPlugin(path: string, { config = {} }: LoadOptions = {}): Plugin {
  const library = open(path);
  const { manifest } = library;
  const label = manifest?.name ?? basename(path, extname(path)).replace(/^lib/, '');
  const options = completeConfig({ label, path: library.path }, manifest?.config, config);
  const asserted = assertPlugin(library);
  const giveBack = asserted.shared ? takeShared(library.path, asserted) : undefined;
  const instance = new InProcessInstance(asserted.address, asserted.struct, label);
  const end = () => {
    instance.destroy();
    giveBack?.();
  };
  try {
    // init comes first, so that destroy never meets an instance that was not initialised.
    instance.init(options);
    const facts = { name: instance.name(), label, id: library.id, path: library.path, manifest };
    return new Plugin(instance, facts, extensionsOf(library, instance), end);
  } catch (error) {
    end();
    throw error;
  } finally {
    deliverPluginLog();
  }
}

function extensionsOf(library: Library, instance: Instance): Extensions {
  for (const id of library.manifest?.extensions ?? []) {
    if (instance.extension(id)) continue;
    throw new TypeAssertionError(library.path, `its manifest promises ${id}, and the plugin does not offer it`);
  }
  const filter = instance.extension(FILTER_ID);
  const exporter = instance.extension(EXPORTER_ID);
  return {
    filter: filter ? { address: filter, struct: readFilter(library, filter) } : undefined,
    exporter: exporter ? { address: exporter, struct: readExporter(library, exporter) } : undefined,
  };
}
