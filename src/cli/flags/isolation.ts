import type { IsolateOptions, OnFault } from '../../loader/isolated/isolate-options.js';
import { type Flag, type Refuse, setsTrue, setsValue } from './flag.js';
import { bytes, choice, seconds, wholeNumber } from './values.js';

/** Where plugins run. */
export interface PlaceRequest {
  isolate: boolean;
  sandbox: boolean;
  grant: Grant;
  /** Milliseconds. */
  callTimeout: number | undefined;
  /** Bytes. */
  memory: number | undefined;
  /** Whether a single plugin runs in a process of its own: a configuration says so, or its form has one in any case. */
  isolatesOne: boolean;
  /** Names of variables that programs get; undefined: none. */
  env: string[] | undefined;
  /** Whether a plugin is a program. */
  hasProgram: boolean;
}

/** Where plugins run, and what happens to lines that they do not survive. */
export interface IsolationRequest extends PlaceRequest {
  onFault: OnFault | undefined;
  maxFaults: number | undefined;
}

type Grant = IsolateOptions['grant'];

/** Returns whether plugins run in processes of their own, unless a configuration decides for a single one. */
export const isIsolated = ({ isolate, sandbox }: PlaceRequest): boolean => isolate || sandbox;

/** Returns what isolated plugins are loaded with. */
export function isolateOptionsOf(request: PlaceRequest & Partial<IsolationRequest>): IsolateOptions {
  const { sandbox, grant, callTimeout, memory, env, onFault, maxFaults } = request;
  // A configuration may grant something for the case that there is a sandbox.
  return { sandbox, grant: sandbox ? grant : undefined, callTimeout, memory, env, onFault, maxFaults };
}

function checkIsolated(request: PlaceRequest, refuse: Refuse): void {
  if (!isIsolated(request) && !request.isolatesOne) refuse('says nothing without --isolate');
}

const PLACES = ['in-process', 'isolated', 'sandboxed'] as const;

export const PLACE_FLAGS: readonly Flag<PlaceRequest>[] = [
  {
    name: 'isolate',
    group: 'isolation',
    guard: true,
    help: 'Run each plugin in a process of its own',
    details: 'A plugin that crashes, hangs or exits there costs only the lines that it does not survive.',
    apply(request) {
      request.isolate = true;
    },
    // A sandbox is a process of its own too.
    negate(request) {
      request.isolate = request.sandbox = request.isolatesOne = false;
    },
  },
  {
    name: 'sandbox',
    group: 'isolation',
    guard: true,
    help: 'Isolate plugins, and deny files and network',
    details:
      'The plugin cannot reach other processes either. It gets processor time, memory, and the lines that it is asked about.',
    ...setsTrue('sandbox'),
  },
  {
    name: 'boundary',
    value: 'PLACE',
    choices: PLACES,
    group: 'isolation',
    scope: 'line',
    help: 'Say where plugins run',
    details:
      'in-process is the process of the host, isolated what --isolate asks for, and sandboxed what --sandbox asks for. The flag replaces those two, also in a configuration.',
    replaces: ['isolate', 'sandbox'],
    apply(request, value) {
      const place = choice<(typeof PLACES)[number]>()(value);
      request.isolate = place === 'isolated';
      request.sandbox = place === 'sandboxed';
    },
  },
  {
    name: 'grant',
    value: 'WHAT',
    group: 'isolation',
    scope: 'named',
    list: true,
    help: 'Allow WHAT in the sandbox',
    details: 'WHAT is threads, read:PATH or write:PATH. Repeat the flag to allow more.',
    resolve(value, path) {
      const [, kind, name] = /^((?:read|write):)(.+)$/s.exec(value) ?? [];
      return kind && name ? kind + path(name) : value;
    },
    apply(request, value, refuse) {
      request.grant = granted(request.grant, value, refuse);
    },
    negate(request) {
      request.grant = undefined;
    },
    dormant: true,
    check(request, refuse) {
      checkIsolated(request, refuse);
      if (!request.sandbox) refuse('says nothing without --sandbox');
    },
  },
  {
    name: 'call-timeout',
    value: 'SECONDS',
    group: 'isolation',
    guard: true,
    help: 'Limit each call of a plugin (default: 10)',
    details: "Counts the plugin's own time for one call or one block of lines.",
    ...setsValue('callTimeout', (value, refuse: Refuse) => seconds(value, refuse) * 1000),
    dormant: true,
    check: checkIsolated,
  },
  {
    name: 'memory',
    value: 'SIZE',
    group: 'isolation',
    guard: true,
    help: "Limit each plugin's memory (default: 1G)",
    details: 'Holds for each process of a plugin. Each worker of a run has one.',
    ...setsValue('memory', bytes(2 ** 40)),
    dormant: true,
    check: checkIsolated,
  },
  {
    name: 'env',
    value: 'NAME',
    group: 'isolation',
    scope: 'named',
    list: true,
    help: 'Pass a variable on to programs (grpc:)',
    details:
      'A program gets PATH, HOME and LANG, and no other variable of the environment. Repeat the flag to pass on more.',
    apply(request, value, refuse) {
      if (value === '' || value.includes('=')) refuse('the name of a variable is needed');
      request.env = [...(request.env ?? []), value];
    },
    negate(request) {
      request.env = undefined;
    },
    dormant: true,
    check(request, refuse) {
      if (!request.hasProgram) refuse('says nothing without a program (grpc:)');
    },
  },
];

export const FAULT_FLAGS: readonly Flag<IsolationRequest>[] = [
  {
    name: 'on-fault',
    value: 'HOW',
    choices: ['skip', 'match', 'stop'] satisfies OnFault[],
    group: 'isolation',
    guard: true,
    help: 'Handle fatal lines: skip, match, or stop',
    details:
      'A fatal line is one that an isolated plugin does not survive. skip (the default) leaves it out. match keeps it as it is. stop ends the run.',
    ...setsValue('onFault', choice<OnFault>()),
    dormant: true,
    check: checkIsolated,
  },
  {
    name: 'max-faults',
    value: 'N',
    group: 'isolation',
    guard: true,
    help: 'Stop after more than N such lines (default: 100)',
    ...setsValue('maxFaults', wholeNumber(0, 1_000_000)),
    dormant: true,
    check: checkIsolated,
  },
];

export const ISOLATION_FLAGS: readonly Flag<IsolationRequest>[] = [...PLACE_FLAGS, ...FAULT_FLAGS];

function granted(before: Grant, value: string, refuse: Refuse): Grant {
  const { threads, read = [], write = [] } = before ?? {};
  const [, kind, path] = /^(read|write):(.+)$/s.exec(value) ?? [];
  if (value === 'threads') return { threads: true, read, write };
  if (kind === 'read' && path) return { threads, read: [...read, path], write };
  if (kind === 'write' && path) return { threads, read, write: [...write, path] };
  return refuse('threads, read:PATH or write:PATH is needed');
}
