import { checked } from '../../arguments/argument.js';
import type { Path } from '../../arguments/paths.js';
import { CapabilityError, UsageError } from '../../errors/index.js';
import { findBuiltin } from '../builtin/builtin-library.js';
import { completeConfig } from '../config/config.js';
import { adapterOf } from '../forms/adapter.js';
import { describedFormOf, isProgram } from '../forms/described.js';
import { formOf } from '../forms/forms.js';
import { examineModule } from '../forms/module.js';
import { unserved } from '../forms/served.js';
import type { CheckedIsolateOptions } from '../isolated/isolate-options.js';
import type { Library } from '../library/library.js';
import type { CheckedOpenOptions } from '../library/open-options.js';
import { realpath } from '../library/realpath.js';
import { alwaysIsolated, type DescribedOptions, describedSubject } from './load-described.js';
import { type CheckedLoadOptions, type LoadOptions, loadOptions, source as sourceCheck } from './load-options.js';
import { deliverPluginLog } from './log.js';
import { CAPABILITIES, type Capability, Plugin, type PluginWith } from './plugin.js';
import { findPlugin } from './plugin-path.js';
import { startInProcess } from './start-in-process.js';
import { startIsolated } from './start-isolated.js';
import type { CompleteConfig, Subject } from './started.js';

/**
 * Opens a library, asserts that it is a plugin, and initialises an instance. Rules, scripts and modules are run by an
 * adapter, which is a library of the host. What is linked into the host need not be opened. A factory returns a new instance for each call. A
 * data object is a single instance: it cannot be loaded twice at a time, nor again after its `destroy` was called.
 *
 * With `isolate` all of this happens in a process of its own, and each worker of a run has another process. A fault of
 * the plugin then becomes an error and does not affect this process.
 * @param source a path; the name of a plugin on the command's search path (HOST_PLUGIN_PATH, then the built-in plugins, then
 * those that are linked into the host); `builtin:` and the name of one that is linked into the host; or an open library.
 * Text without a path separator is a name, unless it has the suffix of a plugin's file (`.so`, `.js`, `.rules.json`, …).
 * @throws what `open` throws, and LibraryClosedError, ConfigError, NoNewPluginError, TypeAssertionError,
 * CapabilityError, SharedPluginError, PluginFailedError, PluginDataError, PluginNotFoundError, FormKindError, RulesError, ScriptError,
 * WasmError, FormMissingError; isolated PluginFaultError, SandboxError, UsageError
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
  { needs = [], isolate = false, config: _, allowHosts, ...options }: CheckedLoadOptions,
  complete: CompleteConfig,
): Plugin {
  try {
    if (typeof source !== 'string') refuseOpenOptions(source, options);
    const from = typeof source === 'string' ? findPlugin(source, []) : source;
    if (typeof from !== 'string' || !isProgram(from)) refuseVariables(isolate);
    const { subject, place } = subjectOf(from, isolate, { ...options, allowHosts });
    // A lock lists the module. Its adapter belongs to the host.
    const opening = subject.module ? { allowWritable: options.allowWritable, allowDuplicate: true } : options;
    let config = '{}';
    const remembered: CompleteConfig = (owner, schema) => {
      config = complete(owner, schema);
      return config;
    };
    const started = place
      ? startIsolated(subject, remembered, place === true ? {} : place, opening)
      : startInProcess(subject, remembered, opening);
    const { description, extensions, instance, end } = started;
    const missing = needs.find((capability) => !extensions[capability]);
    if (missing) {
      end();
      const able = CAPABILITIES.filter((capability) => extensions[capability]);
      throw (
        unserved(description.label, description.form, missing) ?? new CapabilityError(description.label, missing, able)
      );
    }
    const plugin = new Plugin(instance, { ...description, config }, extensions, end);
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

/** Refuses variables for what is no program, which would get none. */
function refuseVariables(isolate: boolean | CheckedIsolateOptions): void {
  if (typeof isolate === 'boolean' || !isolate.env || isolate.env.length === 0) return;
  const argument = 'options.isolate.env';
  throw new UsageError(`loadPlugin: ${argument}: only a program (grpc:) gets variables`, { argument });
}

/**
 * Finds out the form of a plugin, and where it runs. Reads and checks a module; a library is examined when it is opened; a
 * program or a server is asked what it is.
 */
function subjectOf(
  source: string | Library,
  place: boolean | CheckedIsolateOptions,
  options: DescribedOptions,
): { subject: Subject; place: boolean | CheckedIsolateOptions } {
  if (typeof source !== 'string') return { subject: { library: source, module: undefined }, place };
  const described = describedFormOf(source);
  if (described) {
    const isolated = alwaysIsolated(described, source, place);
    return { subject: describedSubject(described, source, isolated, options), place: isolated };
  }
  const builtin = findBuiltin(source);
  if (builtin) {
    if (options.lock !== undefined) builtin.ensureLocked(options.lock);
    return { subject: { library: builtin, module: undefined }, place };
  }
  const form = formOf(source);
  if (!form) return { subject: { library: source, module: undefined }, place };
  const module = examineModule(form, realpath(source), options);
  return { subject: { library: adapterOf(module), module }, place };
}
