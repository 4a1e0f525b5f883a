import type { IsolatedSpec } from '../../addon/isolated.js';
import { RUNNER } from '../../addon/location/runner-path.js';
import type { ExportedSymbol } from '../../inspect/inspection.js';
import type { Sealed } from '../library/examine.js';
import type { Granted } from './grants.js';
import { type CheckedIsolateOptions, memoryOf } from './isolate-options.js';

const CALL_TIMEOUT = 10_000;
const START_TIMEOUT = 10_000;
const MAX_FAULTS = 100;

/** Returns a needed name as the runner's loader compares it: with $ORIGIN replaced by the folder of the copies. */
const nameInCopy = (name: string) => name.replace(/\$ORIGIN|\$\{ORIGIN\}/g, '/proc/self/fd');

/** What runners load. */
export interface IsolatedCode {
  library: IsolatedSpec['library'];
  needed: Sealed['needed'];
  /** As the file of the library states it; undefined for a plugin that the runners have. */
  newPlugin: ExportedSymbol | undefined;
}

/** Returns how the engine shall run an isolated plugin. */
export function isolatedSpecOf(
  plugin: {
    label: string;
    id: string;
    config: string;
    code: IsolatedCode;
    granted: Granted;
    sharesBlocks: boolean;
    startTimeout: number | undefined;
    compiles: boolean;
  },
  options: CheckedIsolateOptions,
): IsolatedSpec {
  const { library, needed, newPlugin } = plugin.code;
  return {
    runner: RUNNER,
    id: plugin.id,
    library,
    needed: needed.map(({ path, names, copy }) => ({ path, name: nameInCopy(names[0] ?? ''), copy })),
    label: plugin.label,
    config: plugin.config,
    newPluginIsData: newPlugin?.kind === 'data',
    newPluginSize: newPlugin?.size ?? 0,
    memory: memoryOf(options),
    callTimeout: options.callTimeout ?? CALL_TIMEOUT,
    startTimeout: plugin.startTimeout ?? START_TIMEOUT,
    sandbox: options.sandbox ?? false,
    sharesBlocks: plugin.sharesBlocks,
    compiles: plugin.compiles,
    threads: plugin.granted.threads,
    readable: plugin.granted.read,
    writable: plugin.granted.write,
    identities: plugin.granted.identities,
    onFault: options.onFault ?? 'skip',
    maxFaults: options.maxFaults ?? MAX_FAULTS,
  };
}
