import { UsageError } from '../../errors/index.js';
import { adapterOf } from '../forms/adapter.js';
import type { Allowed, DescribedForm, Module, Undescribed } from '../forms/form.js';
import { ensureModuleLocked } from '../forms/module.js';
import { ensureServed } from '../forms/served.js';
import type { CheckedIsolateOptions } from '../isolated/isolate-options.js';
import type { CheckedOpenOptions } from '../library/open-options.js';
import { ensureTrusted } from '../trust/trust.js';
import { startIsolated } from './start-isolated.js';
import type { Subject } from './started.js';

/** Which plugins may be used. */
export interface DescribedOptions extends Pick<CheckedOpenOptions, 'lock' | 'allowWritable'> {
  /** Hosts on the network that may get lines. */
  allowHosts?: readonly string[] | undefined;
}

/**
 * Looks at a plugin that says itself what it is, as far as that must be known before its options are. Starts or asks it
 * once for that, unless its manifest is known without.
 * @throws what `loadPlugin` throws
 */
export function describedSubject(
  form: DescribedForm,
  source: string,
  isolate: CheckedIsolateOptions,
  options: DescribedOptions,
): Subject & { module: Module } {
  const { lock } = options;
  const found = form.examine(source, allowedBy(options, isolate.env));
  const { path, manifest } = found;
  if (manifest) {
    const module = { ...found, manifest };
    ensureModuleLocked(module, lock);
    ensureServed(form.name, path, manifest);
    return { library: adapterOf(module), module };
  }
  if (lock !== undefined) throw form.undescribed(found);
  const module: Module = { ...found, manifest: { id: path, name: found.files[0]?.name ?? path, version: '' } };
  const library = adapterOf(module);
  const started = startIsolated({ library, module }, () => 'null', isolate, { allowDuplicate: true });
  try {
    const described = form.described(found, started.instance.run({}));
    ensureServed(form.name, path, described.manifest);
    return { library, module: described };
  } finally {
    started.end();
  }
}

/**
 * Looks at a plugin that says itself what it is, without running anything. What runs already is asked; otherwise the
 * manifest may be unknown.
 * @throws what `loadPlugin` throws
 */
export function lookAt(
  form: DescribedForm,
  source: string,
  options: DescribedOptions,
): Pick<Undescribed, 'manifest' | 'files'> {
  if (form.isRunning) return describedSubject(form, source, alwaysIsolated(form, source, true), options).module;
  return form.examine(source, allowedBy(options));
}

const allowedBy = ({ allowWritable, allowHosts = [] }: DescribedOptions, env: readonly string[] = []): Allowed => ({
  trust(file) {
    if (!allowWritable) ensureTrusted(file);
  },
  hosts: allowHosts,
  env,
});

/** Returns the options for a form that always has a process of its own, which the user need not have asked for. */
export function alwaysIsolated(
  { memory, noSandbox: { what, hint } }: DescribedForm,
  source: string,
  isolate: boolean | CheckedIsolateOptions,
): CheckedIsolateOptions {
  const given = typeof isolate === 'boolean' ? {} : isolate;
  if (given.sandbox) throw new UsageError(`load plugin ${source}: no sandbox holds ${what}`, { hint });
  return { ...given, memory: given.memory ?? memory };
}
