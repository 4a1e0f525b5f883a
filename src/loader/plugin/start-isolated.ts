import { IsolatedInstance } from '../../boundary/isolated.js';
import { KIND_NAMES, KINDS } from '../../contract/kinds.js';
import type { Manifest } from '../../contract/manifest.js';
import { decodeStruct } from '../../contract/structs.js';
import { UsageError } from '../../errors/index.js';
import { adapterConfig, refuseAdapter } from '../forms/adapter.js';
import { startErrorOf } from '../isolated/fault.js';
import { ensureGranted, grantedOf, helpfulGrants } from '../isolated/grants.js';
import { type CheckedIsolateOptions, memoryOf } from '../isolated/isolate-options.js';
import { isolatedSpecOf } from '../isolated/runner-spec.js';
import { type ExamineOptions, examineSealed, labelOf } from '../library/examine.js';
import { judgeForSandbox, judgeMemory, judgePlugin } from '../library/judge.js';
import { refuseDuplicate } from '../library/open.js';
import type { CheckedOpenOptions } from '../library/open-options.js';
import { realpath } from '../library/realpath.js';
import { refuseSanitizer } from '../library/sanitizer.js';
import type { Extensions } from './capabilities.js';
import { type CompleteConfig, initError, promised, type Started, type Subject } from './started.js';

/** Starts an instance in a process of its own. @throws what `loadPlugin` throws */
export function startIsolated(
  { library: source, module }: Subject,
  complete: CompleteConfig,
  isolate: CheckedIsolateOptions,
  options: CheckedOpenOptions,
): Started {
  if (typeof source !== 'string') {
    throw new UsageError(`load plugin ${source.path}: it is open in this process, so it cannot be isolated`, {
      hint: 'give its path, and do not open it',
    });
  }
  const library = realpath(source);
  const judge: ExamineOptions['judge'] = (file, inspection, needed) => {
    judgePlugin(file, inspection);
    refuseSanitizer(file, inspection, needed);
    judgeMemory(file, inspection, needed, memoryOf(isolate));
    if (isolate.sandbox) judgeForSandbox(file, inspection, needed);
  };
  // The runners load these copies, which were judged. The engine keeps them open until the plugin ends.
  using sealed = examineSealed(library, { ...options, judge });
  const { path, manifest } = module ?? { path: library, manifest: sealed.manifest };
  if (!module) refuseAdapter(path, manifest);
  const label = labelOf(path, manifest);
  let instance: IsolatedInstance | undefined;
  const end = () => {
    instance?.destroy();
  };
  try {
    refuseDuplicate(source, path, manifest, options);
    const granted = grantedOf(isolate);
    if (isolate.sandbox) ensureGranted(label, manifest?.asks ?? [], granted);
    const own = complete({ label, path }, manifest?.config);
    const config = module ? adapterConfig(module, own) : own;
    // Modules of one id may be used side by side: they share nothing, unlike two copies of a library.
    const id = module ? '' : (manifest?.id ?? '');
    const spec = isolatedSpecOf({ label, id, path: library, config, sealed, granted }, isolate);
    instance = new IsolatedInstance(spec, (fault) => {
      // An adapter reads no file, so no grant would help it.
      const hint = isolate.sandbox && !module ? helpfulGrants(own, fault.message, granted) : undefined;
      return initError(module, startErrorOf(label, library, fault, hint));
    });
    const description = {
      name: instance.name(),
      label,
      id: manifest?.id ?? path,
      form: module?.form.name ?? ('native' as const),
      path,
      manifest,
      library: undefined,
    };
    return { instance, description, extensions: extensionsOf(path, manifest, instance), end, adopt() {} };
  } catch (error) {
    end();
    throw error;
  }
}

/**
 * The runner checked the structs. Their addresses belong to its process; here they only say that there is a function.
 */
function extensionsOf(path: string, manifest: Manifest | undefined, { description }: IsolatedInstance): Extensions {
  const offered = KIND_NAMES.flatMap((kind) => {
    const bytes = description.structs[kind];
    if (bytes) return [[kind, { struct: decodeStruct(`plug_${kind}`, bytes), bytes }]];
    if (manifest?.extensions?.includes(KINDS[kind].id)) throw promised(path, KINDS[kind].id);
    return [];
  });
  return Object.fromEntries(offered);
}
