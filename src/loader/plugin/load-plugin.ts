import { checked } from '../../arguments/argument.js';
import type { Path } from '../../arguments/paths.js';
import type { Instance } from '../../boundary/boundary.js';
import { InProcessInstance } from '../../boundary/in-process.js';
import { keepingProcess } from '../../boundary/inside-plugin.js';
import { IsolatedInstance } from '../../boundary/isolated.js';
import { KIND_NAMES, KINDS } from '../../contract/kinds.js';
import type { ConfigSchema, Manifest } from '../../contract/manifest.js';
import { decodeStruct } from '../../contract/structs.js';
import { CapabilityError, TypeAssertionError, UsageError } from '../../errors/index.js';
import { type ConfigOwner, completeConfig } from '../config/config.js';
import { startErrorOf } from '../isolated/fault.js';
import { ensureGranted, grantedOf, helpfulGrants } from '../isolated/grants.js';
import { type CheckedIsolateOptions, memoryOf } from '../isolated/isolate-options.js';
import { isolatedSpecOf } from '../isolated/runner-spec.js';
import type { ExamineOptions } from '../library/examine.js';
import { examineSealed, labelOf } from '../library/examine.js';
import { judgeForSandbox, judgeMemory, judgePlugin } from '../library/judge.js';
import type { Library } from '../library/library.js';
import { openChecked, refuseDuplicate } from '../library/open.js';
import type { CheckedOpenOptions } from '../library/open-options.js';
import { realpath } from '../library/realpath.js';
import { refuseSanitizer } from '../library/sanitizer.js';
import type { Extensions } from './capabilities.js';
import { type CheckedLoadOptions, type LoadOptions, loadOptions, source as sourceCheck } from './load-options.js';
import { deliverPluginLog } from './log.js';
import { CAPABILITIES, type Capability, Plugin, type PluginDescription, type PluginWith } from './plugin.js';
import { findPlugin } from './plugin-path.js';
import { assertPlugin, readKind } from './type-assertion.js';

/**
 * Opens a library, asserts that it is a plugin, and initialises an instance. A factory returns a new instance for each
 * call. A data object is a single instance: it cannot be loaded twice at a time, nor again after its `destroy` was
 * called.
 *
 * With `isolate` all of this happens in a process of its own, and each worker of a run has another process. A fault of
 * the plugin then becomes an error and does not affect this process.
 * @param source a path; the name of a plugin on the command's search path (HOST_PLUGIN_PATH, then the built-in
 * plugins); or an open library. Text without a path separator is a name, unless it has the suffix of libraries (`.so`,
 * `.dylib`, `.dll`).
 * @throws what `open` throws, and LibraryClosedError, ConfigError, NoNewPluginError, TypeAssertionError,
 * CapabilityError, SharedPluginError, PluginFailedError, PluginDataError, PluginNotFoundError; isolated
 * PluginFaultError, SandboxError, UsageError
 */
export function loadPlugin<C extends Capability = never>(
  source: Path | Library,
  options: LoadOptions<C> = {},
): PluginWith<C> {
  const from = checked('loadPlugin', 'source', source, sourceCheck);
  const by = checked('loadPlugin', 'options', options, loadOptions);
  return loadChecked(from, by) as PluginWith<C>;
}

/** As `loadPlugin`, of arguments that were checked. */
export function loadChecked(source: string | Library, options: CheckedLoadOptions): Plugin {
  return load(source, options, (owner, schema) =>
    completeConfig(owner, schema, options.config === undefined ? {} : options.config),
  );
}

/** Returns the JSON text of a plugin's options once its manifest is known. @throws ConfigError, ManifestError */
export type CompleteConfig = (owner: ConfigOwner, schema: ConfigSchema | undefined) => string;

/**
 * As `loadPlugin`, with options of the plugin that depend on the manifest of the very file that is loaded.
 * @throws also what `complete` throws
 */
export function loadWith(
  source: Path | Library,
  options: Omit<LoadOptions, 'config'>,
  complete: CompleteConfig,
): Plugin {
  const from = checked('loadPlugin', 'source', source, sourceCheck);
  return load(from, checked('loadPlugin', 'options', options, loadOptions), complete);
}

function load(
  source: string | Library,
  { needs = [], isolate = false, config: _, ...options }: CheckedLoadOptions,
  complete: CompleteConfig,
): Plugin {
  try {
    if (typeof source !== 'string') refuseOpenOptions(source, options);
    const from = typeof source === 'string' ? findPlugin(source, []) : source;
    const started = isolate
      ? startIsolated(from, complete, isolate === true ? {} : isolate, options)
      : startInProcess(from, complete, options);
    const { description, extensions, instance, end } = started;
    const missing = needs.find((capability) => !extensions[capability]);
    if (missing) {
      end();
      const able = CAPABILITIES.filter((capability) => extensions[capability]);
      throw new CapabilityError(description.label, missing, able);
    }
    const plugin = new Plugin(instance, description, extensions, end);
    started.adopt(plugin);
    return plugin;
  } finally {
    deliverPluginLog();
  }
}

/** Refuses options that decide whether a library may be opened, because this one is open. */
function refuseOpenOptions({ path }: Library, options: CheckedOpenOptions): void {
  const [name] = Object.keys(options);
  if (name === undefined) return;
  throw new UsageError(`loadPlugin: options.${name}: ${path} is open already`, {
    argument: `options.${name}`,
    hint: 'give it to open',
  });
}

/** An initialised instance with its description and its checked structs. */
interface Started {
  instance: Instance;
  description: PluginDescription;
  extensions: Extensions;
  /** Destroys the instance. */
  end: () => void;
  adopt: (plugin: Plugin) => void;
}

/** Opens the library of a plugin. Judges once that it can be one: before it is loaded, or if it was open already. */
function openPlugin(source: string | Library, options: CheckedOpenOptions): Library {
  let judged = false;
  const judge: ExamineOptions['judge'] = (path, inspection) => {
    judgePlugin(path, inspection);
    judged = true;
  };
  const library = typeof source === 'string' ? openChecked(source, { ...options, judge }) : source;
  library.ensureOpen('load a plugin');
  if (!judged) judgePlugin(library.path, library.inspection);
  return library;
}

function startInProcess(source: string | Library, complete: CompleteConfig, options: CheckedOpenOptions): Started {
  const library = openPlugin(source, options);
  const { path, manifest } = library;
  const label = labelOf(path, manifest);
  const config = complete({ label, path }, manifest?.config);
  const asserted = assertPlugin(library);
  const instance = new InProcessInstance(asserted.address, asserted.struct, label, asserted.cleanup);
  let unadopt = () => {};
  const end = () => {
    unadopt();
    instance.destroy();
  };
  const adopt = (plugin: Plugin) => {
    unadopt = library.adopt(plugin);
  };
  try {
    return keepingProcess(label, 'load', () => {
      // init comes first, because destroy must not be called for an instance that was not initialised.
      instance.init(config);
      const description = { name: instance.name(), label, id: library.id, path, manifest, library };
      return { instance, description, extensions: extensionsOf(library, instance), end, adopt };
    });
  } catch (error) {
    end();
    throw error;
  }
}

function startIsolated(
  source: string | Library,
  complete: CompleteConfig,
  isolate: CheckedIsolateOptions,
  options: CheckedOpenOptions,
): Started {
  if (typeof source !== 'string') {
    throw new UsageError(`load plugin ${source.path}: it is open in this process, so it cannot be isolated`, {
      hint: 'give its path, and do not open it',
    });
  }
  const path = realpath(source);
  const judge: ExamineOptions['judge'] = (file, inspection, needed) => {
    judgePlugin(file, inspection);
    refuseSanitizer(file, inspection, needed);
    judgeMemory(file, inspection, needed, memoryOf(isolate));
    if (isolate.sandbox) judgeForSandbox(file, inspection, needed);
  };
  // The runners load these copies, which were judged. The engine keeps them open until the plugin ends.
  using sealed = examineSealed(path, { ...options, judge });
  const { manifest } = sealed;
  const label = labelOf(path, manifest);
  let instance: IsolatedInstance | undefined;
  const end = () => {
    instance?.destroy();
  };
  try {
    refuseDuplicate(source, path, manifest, options);
    const granted = grantedOf(isolate);
    if (isolate.sandbox) ensureGranted(label, manifest?.asks ?? [], granted);
    const config = complete({ label, path }, manifest?.config);
    const spec = isolatedSpecOf({ label, id: manifest?.id ?? '', path, config, sealed, granted }, isolate);
    instance = new IsolatedInstance(spec, (fault) => {
      const hint = isolate.sandbox ? helpfulGrants(config, fault.message, granted) : undefined;
      return startErrorOf(label, path, fault, hint);
    });
    const description = { name: instance.name(), label, id: manifest?.id ?? path, path, manifest, library: undefined };
    return { instance, description, extensions: isolatedExtensionsOf(path, manifest, instance), end, adopt() {} };
  } catch (error) {
    end();
    throw error;
  }
}

function extensionsOf(library: Library, instance: InProcessInstance): Extensions {
  for (const id of library.manifest?.extensions ?? []) if (!instance.extension(id)) throw promised(library.path, id);
  const offered = KIND_NAMES.flatMap((kind) => {
    const address = instance.extension(KINDS[kind].id);
    return address ? [[kind, readKind(library, kind, address)]] : [];
  });
  return Object.fromEntries(offered);
}

/**
 * The runner checked the structs. Their addresses belong to its process; here they only say that there is a function.
 */
function isolatedExtensionsOf(
  path: string,
  manifest: Manifest | undefined,
  { description }: IsolatedInstance,
): Extensions {
  const offered = KIND_NAMES.flatMap((kind) => {
    const bytes = description.structs[kind];
    if (bytes) return [[kind, { struct: decodeStruct(`plug_${kind}`, bytes), bytes }]];
    if (manifest?.extensions?.includes(KINDS[kind].id)) throw promised(path, KINDS[kind].id);
    return [];
  });
  return Object.fromEntries(offered);
}

function promised(path: string, id: string): TypeAssertionError {
  return new TypeAssertionError(path, `its manifest promises ${id}, and the plugin does not offer it`);
}
