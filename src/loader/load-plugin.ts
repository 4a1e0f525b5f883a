import { basename, extname } from 'node:path';
import type { Instance } from '../boundary/boundary.js';
import { InProcessInstance } from '../boundary/in-process.js';
import { EXPORTER_ID, FILTER_ID, TRANSFORM_ID } from '../contract/constants.js';
import { CapabilityError, TypeAssertionError } from '../errors.js';
import { type Config, completeConfig } from './config.js';
import { judgePlugin } from './judge.js';
import type { Library } from './library.js';
import { deliverPluginLog } from './log.js';
import { type OpenOptions, open } from './open.js';
import { CAPABILITIES, type Capability, type Extensions, Plugin, type PluginWith } from './plugin.js';
import { takeShared } from './shared-instances.js';
import { assertPlugin, readExporter, readFilter, readTransform } from './type-assertion.js';

export interface LoadOptions<C extends Capability = never> extends Omit<OpenOptions, 'judge'> {
  /** The plugin's options; defaults come from its manifest. */
  config?: Config;
  /** What it must be able to do; the type of the plugin then says that it can. */
  needs?: readonly C[];
}

/**
 * Opens a library, asserts that it holds a plugin, and initialises an instance. A factory gives a fresh instance each
 * time; a data object is one instance, which cannot be loaded while it is, nor again once its `destroy` was called.
 * @param source a path, or a library that is open
 * @throws what `open` throws, and LibraryClosedError, ConfigError, NoNewPluginError, TypeAssertionError, CapabilityError,
 * SharedPluginError, PluginFailedError, PluginDataError
 */
export function loadPlugin<C extends Capability = never>(
  source: string | Library,
  { config = {}, needs = [], ...options }: LoadOptions<C> = {},
): PluginWith<C> {
  const library = typeof source === 'string' ? open(source, { ...options, judge: judgePlugin }) : source;
  library.ensureOpen('load a plugin');
  const { manifest } = library;
  const label = manifest?.name ?? basename(library.path, extname(library.path)).replace(/^lib/, '');
  const complete = completeConfig({ label, path: library.path }, manifest?.config, config);
  const asserted = assertPlugin(library);
  const giveBack = asserted.shared ? takeShared(library.path, asserted) : undefined;
  const instance = new InProcessInstance(asserted.address, asserted.struct, label);
  let leave = () => {};
  const end = () => {
    leave();
    instance.destroy();
    giveBack?.();
  };
  try {
    // init comes first, so that destroy never meets an instance that was not initialised.
    instance.init(complete);
    const facts = { name: instance.name(), label, id: library.id, path: library.path, manifest };
    const extensions = extensionsOf(library, instance);
    const missing = needs.find((capability) => !extensions[capability]);
    if (missing)
      throw new CapabilityError(
        label,
        missing,
        CAPABILITIES.filter((capability) => extensions[capability]),
      );
    const plugin = new Plugin(instance, facts, extensions, end);
    leave = library.adopt(plugin);
    return plugin as PluginWith<C>;
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
  const transform = instance.extension(TRANSFORM_ID);
  const exporter = instance.extension(EXPORTER_ID);
  return {
    filter: filter ? { address: filter, struct: readFilter(library, filter) } : undefined,
    transform: transform ? { address: transform, struct: readTransform(library, transform) } : undefined,
    exporter: exporter ? { address: exporter, struct: readExporter(library, exporter) } : undefined,
  };
}
