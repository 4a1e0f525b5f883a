import { join } from 'node:path';
import { buildFolder, type IsolatedSpec } from '../addon.js';
import { SandboxError, UsageError } from '../errors.js';
import type { Inspection } from '../inspect/inspection.js';

/** What becomes of lines that a plugin does not survive: they are left out, kept as they are, or end the run. */
export type OnFault = 'skip' | 'match' | 'stop';

/** How a plugin runs in a process of its own. */
export interface IsolateOptions {
  /** Keep it from files, network, other processes and all else that a plugin has no need of. Linux alone. */
  sandbox?: boolean | undefined;
  /** What it may do in the sandbox all the same. */
  grant?: Grants | undefined;
  /** In a run; `skip` by default. */
  onFault?: OnFault | undefined;
  /** Lines that it may not survive in a run before it is the plugin that is broken, and not the data; 100 by default. */
  mostFaults?: number | undefined;
  /** Milliseconds for one call or one block; 10,000 by default, 0 for no limit. */
  callTimeout?: number | undefined;
  /** Bytes of memory; 1 GiB by default, 0 for no limit. */
  memory?: number | undefined;
}

export interface Grants {
  threads?: boolean | undefined;
  /** Files and folders. */
  read?: readonly string[] | undefined;
  write?: readonly string[] | undefined;
}

/**
 * Refuses a plugin that says that it cannot do without what was not granted. A folder is granted with what is in it.
 * @throws SandboxError
 */
export function ensureGranted(label: string, asks: readonly string[], { sandbox, grant = {} }: IsolateOptions): void {
  if (!sandbox) return;
  const within = (path: string, granted: readonly string[] = []) =>
    granted.some((place) => path === place || path.startsWith(place.endsWith('/') ? place : `${place}/`));
  const missing = asks.filter((ask) => {
    const [, kind, path = ''] = /^(read|write):(.+)$/s.exec(ask) ?? [];
    if (!kind) return !grant.threads;
    return !within(path, kind === 'read' ? [...(grant.read ?? []), ...(grant.write ?? [])] : grant.write);
  });
  if (missing.length === 0) return;
  throw new SandboxError(`plugin ${label} asks for ${missing.join(', ')}, which is not granted`, {
    hint: `if you trust it with that: ${missing.map((ask) => `--grant ${ask}`).join(' ')}`,
  });
}

/** The path of the program in whose processes isolated plugins run. */
export const RUNNER = join(buildFolder, 'Release/plughost-runner');

const CALL_TIMEOUT = 10_000;
const START_TIMEOUT = 10_000;
const MEMORY = 1 << 30;
const MOST_FAULTS = 100;

/** Bytes; 0 for no limit. @throws UsageError */
export const memoryOf = ({ memory }: IsolateOptions): number => numberOf('memory', memory, MEMORY);

function numberOf(name: string, value: number | undefined, otherwise: number): number {
  if (value !== undefined && !(value >= 0)) throw new UsageError(`isolate: ${name} ${value}: it is no usable number`);
  return value ?? otherwise;
}

/** What the engine is told of a plugin that is to be isolated. @throws UsageError */
export function isolatedSpecOf(
  plugin: { label: string; file: string; config: string; inspection: Inspection },
  options: IsolateOptions,
): IsolatedSpec {
  const newPlugin = plugin.inspection.symbols.find(({ name }) => name === 'NewPlugin');
  return {
    runner: RUNNER,
    library: plugin.file,
    label: plugin.label,
    config: plugin.config,
    newPluginIsData: newPlugin?.kind === 'data',
    newPluginSize: newPlugin?.size ?? 0,
    memory: memoryOf(options),
    callTimeout: numberOf('callTimeout', options.callTimeout, CALL_TIMEOUT),
    startTimeout: START_TIMEOUT,
    sandbox: options.sandbox ?? false,
    threads: options.grant?.threads ?? false,
    readable: options.grant?.read ?? [],
    writable: options.grant?.write ?? [],
    onFault: options.onFault ?? 'skip',
    mostFaults: numberOf('mostFaults', options.mostFaults, MOST_FAULTS),
  };
}
