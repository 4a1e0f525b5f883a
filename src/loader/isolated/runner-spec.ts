import type { IsolatedSpec } from '../../addon/isolated.js';
import { RUNNER } from '../../addon/runner-path.js';
import type { Sealed } from '../library/examine.js';
import type { Granted } from './grants.js';
import { type CheckedIsolateOptions, memoryOf } from './isolate-options.js';

const CALL_TIMEOUT = 10_000;
const START_TIMEOUT = 10_000;
const MAX_FAULTS = 100;

/** Returns a needed name as the runner's loader compares it: with $ORIGIN replaced by the folder of the copies. */
const nameInCopy = (name: string) => name.replace(/\$ORIGIN|\$\{ORIGIN\}/g, '/proc/self/fd');

/** Returns how the engine shall run an isolated plugin. */
export function isolatedSpecOf(
  plugin: { label: string; id: string; path: string; config: string; sealed: Sealed; granted: Granted },
  options: CheckedIsolateOptions,
): IsolatedSpec {
  const { copy, inspection, needed } = plugin.sealed;
  const newPlugin = inspection.symbols.find(({ name }) => name === 'NewPlugin');
  return {
    runner: RUNNER,
    id: plugin.id,
    library: { path: plugin.path, name: '', copy },
    needed: needed.map(({ path, names, copy }) => ({ path, name: nameInCopy(names[0] ?? ''), copy })),
    label: plugin.label,
    config: plugin.config,
    newPluginIsData: newPlugin?.kind === 'data',
    newPluginSize: newPlugin?.size ?? 0,
    memory: memoryOf(options),
    callTimeout: options.callTimeout ?? CALL_TIMEOUT,
    startTimeout: START_TIMEOUT,
    sandbox: options.sandbox ?? false,
    threads: plugin.granted.threads,
    readable: plugin.granted.read,
    writable: plugin.granted.write,
    identities: plugin.granted.identities,
    onFault: options.onFault ?? 'skip',
    maxFaults: options.maxFaults ?? MAX_FAULTS,
  };
}
