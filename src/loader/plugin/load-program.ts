import { UsageError } from '../../errors/index.js';
import { adapterOf } from '../forms/adapter.js';
import type { Module } from '../forms/form.js';
import { describedManifest, examineProgram, type Program } from '../forms/grpc.js';
import { ensureModuleLocked } from '../forms/module.js';
import type { CheckedIsolateOptions } from '../isolated/isolate-options.js';
import type { CheckedOpenOptions } from '../library/open-options.js';
import { ensureTrusted } from '../trust/trust.js';
import { startIsolated } from './start-isolated.js';
import type { Subject } from './started.js';

/**
 * Looks at a program that is a plugin, as far as it must be known before its options are. Runs it once for that, unless a
 * file beside it holds its manifest.
 * @throws what `loadPlugin` throws
 */
export function programSubject(source: string, isolate: CheckedIsolateOptions, options: CheckedOpenOptions): Subject {
  const trust = (file: string) => {
    if (!options.allowWritable) ensureTrusted(file);
  };
  const program = examineProgram(source, trust);
  const { manifest = { id: program.path, name: nameOf(program), version: '' } } = program;
  const module: Module = { ...program, manifest };
  const library = adapterOf(module);
  if (program.manifest) {
    ensureModuleLocked(module, options.lock);
    return { library, module };
  }
  if (options.lock !== undefined) {
    throw new UsageError(
      `load plugin ${source}: a lock says what may run, and without its manifest this is not known`,
      {
        hint: `write the manifest into ${program.path}.plughost.json`,
      },
    );
  }
  const started = startIsolated({ library, module }, () => 'null', isolate, { allowDuplicate: true });
  try {
    const described = describedManifest(program.path, started.instance.run({}));
    return { library, module: { ...module, manifest: described } };
  } finally {
    started.end();
  }
}

const nameOf = ({ files: [{ name }] }: Program): string => name;

/** Returns the options for a form that always has a process of its own, which the user need not have asked for. */
export function alwaysIsolated(source: string, isolate: boolean | CheckedIsolateOptions): CheckedIsolateOptions {
  const given = typeof isolate === 'boolean' ? {} : isolate;
  if (given.sandbox) {
    throw new UsageError(`load plugin ${source}: no sandbox holds a program`, {
      hint: 'it needs threads, sockets and files; use it without --sandbox only if you trust it, or hand over a script or rules',
    });
  }
  // Runtimes such as that of Go reserve far more memory than they use.
  return { ...given, memory: given.memory ?? 0 };
}
