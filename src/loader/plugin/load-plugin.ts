import { checked } from '../../arguments/argument.js';
import type { Path } from '../../arguments/paths.js';
import type { Instance } from '../../boundary/boundary.js';
import { InProcessInstance } from '../../boundary/in-process.js';
import { keepingProcess } from '../../boundary/inside-plugin.js';
import { IsolatedInstance } from '../../boundary/isolated.js';
import { KIND_NAMES, KINDS } from '../../contract/kinds.js';
import type { Manifest } from '../../contract/manifest.js';
import { decodeStruct } from '../../contract/structs.js';
import { CapabilityError, TypeAssertionError, UsageError } from '../../errors/index.js';
import { type CheckedLoadOptions, loadOptions, source as sourceCheck } from '../arguments.js';
import { type Config, completeConfig } from '../config/config.js';
import { startErrorOf } from '../isolated/fault.js';
import {
  type CheckedIsolateOptions,
  ensureGranted,
  grantedOf,
  helpfulGrants,
  type IsolateOptions,
  isolatedSpecOf,
  memoryOf,
} from '../isolated/isolate.js';
import { examineSealed, labelOf } from '../library/examine.js';
import { judgeForSandbox, judgeMemory, judgePlugin } from '../library/judge.js';
import type { Library } from '../library/library.js';
import { LIBRARY_SUFFIX } from '../library/library-suffix.js';
import { type CheckedOpenOptions, type OpenOptions, openChecked, refuseDuplicate } from '../library/open.js';
import { realpath } from '../library/realpath.js';
import { refuseSanitizer } from '../library/sanitizer.js';
import type { Extensions } from './capabilities.js';
import { deliverPluginLog } from './log.js';
import { CAPABILITIES, type Capability, Plugin, type PluginFacts, type PluginWith } from './plugin.js';
import { findPlugin } from './plugin-path.js';
import { assertPlugin, readKind } from './type-assertion.js';

export interface LoadOptions<C extends Capability = never> extends Omit<OpenOptions, 'judge'> {
  /** The plugin's options; defaults come from its manifest. */
  config?: Config;
  /** Run it in a process of its own. */
  isolate?: boolean | IsolateOptions | undefined;
  /** What it must be able to do; the type of the plugin then says that it can. */
  needs?: readonly C[];
}

/**
 * Opens a library, asserts that it holds a plugin, and initialises an instance. A factory gives a fresh instance each
 * time; a data object is one instance, which cannot be loaded while it is, nor again once its `destroy` was called.
 *
 * With `isolate` all of that happens in a process of the plugin's own, and each worker of a run has another one: nothing
 * that it does there ends this process, and its faults are errors.
 * @param source a path; the name of a plugin on the search path of the command (HOST_PLUGIN_PATH, then the built-in ones); or
 * a library that is open. Text without a separator is a name, unless it ends as libraries do (`.so`).
 * @throws what `open` throws, and LibraryClosedError, ConfigError, NoNewPluginError, TypeAssertionError, CapabilityError,
 * SharedPluginError, PluginFailedError, PluginDataError, PluginNotFoundError; isolated PluginFaultError, SandboxError, UsageError
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
export function loadChecked(
  source: string | Library,
  { config = {}, needs = [], isolate = false, ...options }: CheckedLoadOptions,
): Plugin {
  try {
    if (typeof source !== 'string') refuseOpenOptions(source, options);
    const from = typeof source === 'string' && isName(source) ? findPlugin(source, []) : source;
    const started = isolate
      ? startIsolated(from, config, isolate === true ? {} : isolate, options)
      : startInProcess(from, config, options);
    const { facts, extensions, instance, end } = started;
    const missing = needs.find((capability) => !extensions[capability]);
    if (missing) {
      end();
      const able = CAPABILITIES.filter((capability) => extensions[capability]);
      throw new CapabilityError(facts.label, missing, able);
    }
    const plugin = new Plugin(instance, facts, extensions, end);
    started.adopt(plugin);
    return plugin;
  } finally {
    deliverPluginLog();
  }
}

/** What is looked for on the search path, and no path. */
const isName = (source: string) => source !== '' && !source.includes('/') && !source.endsWith(LIBRARY_SUFFIX);

/** They decide whether a library is opened, which here was done before. */
function refuseOpenOptions({ path }: Library, options: CheckedOpenOptions): void {
  const [name] = Object.keys(options);
  if (name === undefined) return;
  throw new UsageError(`loadPlugin: options.${name}: ${path} is open already`, {
    argument: `options.${name}`,
    hint: 'give it to open',
  });
}

/** An instance that was initialised and looked at. */
interface Started {
  instance: Instance;
  facts: PluginFacts;
  extensions: Extensions;
  /** Destroys it. */
  end: () => void;
  adopt: (plugin: Plugin) => void;
}

function startInProcess(source: string | Library, config: unknown, options: CheckedOpenOptions): Started {
  const library = typeof source === 'string' ? openChecked(source, { ...options, judge: judgePlugin }) : source;
  library.ensureOpen('load a plugin');
  const { path, manifest } = library;
  const label = labelOf(path, manifest);
  const complete = completeConfig({ label, path }, manifest?.config, config);
  const asserted = assertPlugin(library);
  const instance = new InProcessInstance(asserted.address, asserted.struct, label, asserted.cleanup);
  let leave = () => {};
  const end = () => {
    leave();
    instance.destroy();
  };
  const adopt = (plugin: Plugin) => {
    leave = library.adopt(plugin);
  };
  try {
    return keepingProcess(label, 'load', () => {
      // init comes first, so that destroy never meets an instance that was not initialised.
      instance.init(complete);
      const facts = { name: instance.name(), label, id: library.id, path, manifest, library };
      return { instance, facts, extensions: extensionsOf(library, instance), end, adopt };
    });
  } catch (error) {
    end();
    throw error;
  }
}

function startIsolated(
  source: string | Library,
  config: unknown,
  isolate: CheckedIsolateOptions,
  options: CheckedOpenOptions,
): Started {
  if (typeof source !== 'string') {
    throw new UsageError(`load plugin ${source.path}: it is open in this process, so it cannot be isolated`, {
      hint: 'give its path, and do not open it',
    });
  }
  const path = realpath(source);
  const judge: OpenOptions['judge'] = (file, inspection, needed) => {
    judgePlugin(file, inspection);
    refuseSanitizer(file, inspection, needed);
    judgeMemory(file, inspection, needed, memoryOf(isolate));
    if (isolate.sandbox) judgeForSandbox(file, inspection, needed);
  };
  // What was copied for the processes to come is theirs; nothing else needs it once they know.
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
    const complete = completeConfig({ label, path }, manifest?.config, config);
    const spec = isolatedSpecOf({ label, id: manifest?.id ?? '', path, config: complete, sealed, granted }, isolate);
    instance = new IsolatedInstance(spec, (fault) => {
      const hint = isolate.sandbox ? helpfulGrants(complete, fault.message, granted) : undefined;
      return startErrorOf(label, path, fault, hint);
    });
    const facts = { name: instance.name(), label, id: manifest?.id ?? path, path, manifest, library: undefined };
    return { instance, facts, extensions: isolatedExtensionsOf(path, manifest, instance), end, adopt() {} };
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

/** The runner checked the structs. Their addresses belong to its process; here they only say that there is a function. */
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
