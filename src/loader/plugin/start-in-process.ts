import { InProcessInstance } from '../../boundary/in-process.js';
import { keepingProcess } from '../../boundary/inside-plugin.js';
import { KIND_NAMES, KINDS } from '../../contract/kinds.js';
import type { Manifest } from '../../contract/manifest.js';
import { BuiltinLibrary } from '../builtin/builtin-library.js';
import { adapterConfig, refuseAdapter } from '../forms/adapter.js';
import { type ExamineOptions, labelOf } from '../library/examine.js';
import { judgePlugin, refusePanicAbort } from '../library/judge.js';
import { Library } from '../library/library.js';
import { openChecked, refuseDuplicate } from '../library/open.js';
import type { CheckedOpenOptions } from '../library/open-options.js';
import type { Extensions } from './capabilities.js';
import type { Plugin } from './plugin.js';
import { type CompleteConfig, initError, promised, type Started, type Subject } from './started.js';
import { assertPlugin, type PluginCode, readKind } from './type-assertion.js';

/** Starts an instance in this process. @throws what `loadPlugin` throws */
export function startInProcess(
  { library: source, module }: Subject,
  complete: CompleteConfig,
  options: CheckedOpenOptions,
): Started {
  const library = source instanceof BuiltinLibrary ? source : openPlugin(source, options);
  const { path, manifest } = module ?? library;
  if (library instanceof BuiltinLibrary) {
    refusePanicAbort(path, manifest);
    refuseDuplicate(path, path, manifest, options);
  }
  if (!module) refuseAdapter(path, manifest);
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
    // A part of the addon is never closed.
    if (library instanceof Library) unadopt = library.adopt(plugin);
  };
  try {
    return keepingProcess(label, 'load', () => {
      // init comes first, because destroy must not be called for an instance that was not initialised.
      try {
        instance.init(module ? adapterConfig(module, config) : config);
      } catch (error) {
        throw initError(module, error);
      }
      const extensions = extensionsOf(library, path, manifest, instance);
      const own = library instanceof Library && !module ? library : undefined;
      const form = module?.form.name ?? (own ? 'native' : 'builtin');
      const id = own?.id ?? manifest?.id ?? path;
      return {
        instance,
        description: { name: instance.name(), label, id, form, path, manifest, library: own },
        extensions,
        end,
        adopt,
      };
    });
  } catch (error) {
    end();
    throw error;
  }
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

/** @param path of the plugin, whose manifest it is */
function extensionsOf(
  library: PluginCode,
  path: string,
  manifest: Manifest | undefined,
  instance: InProcessInstance,
): Extensions {
  for (const id of manifest?.extensions ?? []) if (!instance.extension(id)) throw promised(path, id);
  const offered = KIND_NAMES.flatMap((kind) => {
    const address = instance.extension(KINDS[kind].id);
    return address ? [[kind, readKind(library, kind, address)]] : [];
  });
  return Object.fromEntries(offered);
}
