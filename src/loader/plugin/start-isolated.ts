import { IsolatedInstance } from '../../boundary/isolated.js';
import { KIND_NAMES, KINDS } from '../../contract/kinds.js';
import type { Manifest } from '../../contract/manifest.js';
import { decodeStruct } from '../../contract/structs.js';
import { UsageError } from '../../errors/index.js';
import { BuiltinLibrary } from '../builtin/builtin-library.js';
import { adapterConfig, refuseAdapter } from '../forms/adapter.js';
import { startErrorOf } from '../isolated/fault.js';
import { ensureGranted, grantedOf, helpfulGrants } from '../isolated/grants.js';
import { type CheckedIsolateOptions, memoryOf } from '../isolated/isolate-options.js';
import { type IsolatedCode, isolatedSpecOf } from '../isolated/runner-spec.js';
import { type ExamineOptions, examineSealed, labelOf } from '../library/examine.js';
import { judgeForSandbox, judgeMemory, judgePlugin } from '../library/judge.js';
import type { Library } from '../library/library.js';
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
  using code = source instanceof BuiltinLibrary ? codeOfBuiltin(source) : sealedCode(source, isolate, options);
  const { path, manifest } = module ?? code;
  if (!module) refuseAdapter(path, manifest);
  const label = labelOf(path, manifest);
  let instance: IsolatedInstance | undefined;
  const end = () => {
    instance?.destroy();
  };
  try {
    refuseDuplicate(typeof source === 'string' ? source : path, path, manifest, options);
    const granted = grantedOf(isolate);
    if (isolate.sandbox) ensureGranted(label, manifest?.asks ?? [], granted);
    const own = complete({ label, path }, manifest?.config);
    const config = module ? adapterConfig(module, own) : own;
    // Modules of one id may be used side by side: they share nothing, unlike two copies of a library.
    const id = module ? '' : (manifest?.id ?? '');
    const { sharesBlocks = false, compiles = false, startTimeout } = module?.form ?? {};
    const spec = isolatedSpecOf({ label, id, config, code, granted, sharesBlocks, compiles, startTimeout }, isolate);
    instance = new IsolatedInstance(spec, (fault) => {
      // An adapter reads no file, so no grant would help it.
      const hint = isolate.sandbox && !module ? helpfulGrants(own, fault.message, granted) : undefined;
      return initError(module, startErrorOf(label, code.path, fault, hint));
    });
    const description = {
      name: instance.name(),
      label,
      id: manifest?.id ?? path,
      form: module?.form.name ?? code.form,
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

/** The code of a plugin for runners. Disposing it closes the copies, except those that a plugin still uses. */
type Code = IsolatedCode & Disposable & { path: string; manifest: Manifest | undefined; form: 'native' | 'builtin' };

/** The runners have this plugin too. */
function codeOfBuiltin({ path, manifest }: BuiltinLibrary): Code {
  return {
    form: 'builtin',
    path,
    manifest,
    library: { path },
    needed: [],
    newPlugin: undefined,
    [Symbol.dispose]() {},
  };
}

/** Copies a library for the runners, which load these copies, and judges what was copied. */
function sealedCode(source: string | Library, isolate: CheckedIsolateOptions, options: CheckedOpenOptions): Code {
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
  const { copy, manifest, inspection, needed, [Symbol.dispose]: dispose } = examineSealed(path, { ...options, judge });
  const newPlugin = inspection.symbols.find(({ name }) => name === 'NewPlugin');
  const library = { path, name: '', copy };
  return { form: 'native', path, manifest, library, needed, newPlugin, [Symbol.dispose]: dispose };
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
