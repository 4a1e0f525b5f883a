import { basename } from 'node:path';
import type { NativeFault } from '../../addon/fault.js';
import { known } from '../../addon/known.js';
import { ABI_MAJOR, ABI_MINOR, statusName } from '../../contract/constants.js';
import {
  AbiError,
  ConfigError,
  ContractViolationError,
  OpenError,
  type PlughostError,
  PluginDataError,
  PluginFailedError,
  PluginFaultError,
  RunnerError,
  SandboxError,
  TypeAssertionError,
} from '../../errors/index.js';
import { symbolAt } from '../../inspect/elf/symbol-at.js';
import { isAdapter } from '../forms/adapter.js';
import { loaderHint } from '../library/loader-hint.js';
import { runnerErrorOf } from './runner-error.js';

/** The operation in messages for each state of a runner. */
const DOING: Record<NativeFault['state'], string> = {
  starting: 'start',
  confining: 'start',
  loading: 'load (a constructor of the library)',
  creating: 'NewPlugin',
  asserting: 'NewPlugin',
  init: 'init',
  ready: 'between calls',
  preparing: 'state_new',
  calling: 'call',
  destroying: 'destroy',
  ended: 'end',
  refused: 'start',
};

const MORE_MEMORY = 'its limit of memory may be too small for it: --memory SIZE (memory)';

/**
 * Returns the error for a plugin that failed to start, or that failed outside of a run.
 * @param hint for errors that the plugin itself reports
 */
export function startErrorOf(label: string, path: string, fault: NativeFault, hint?: string): PlughostError {
  const details = hint === undefined ? {} : { hint };
  const { refusal, message } = fault;
  if (isOfTheHost(fault)) return noProcess(label, fault);
  switch (known('Refusal', refusal)) {
    case 'load':
      // The loader reports a mapping that exceeds the limit of address space in these ways.
      return new OpenError(
        path,
        message,
        /cannot (map|allocate)|failed to map/.test(message) && !/static TLS/.test(message)
          ? { hint: MORE_MEMORY }
          : loaderHint(message),
      );
    case 'assertion':
      return new TypeAssertionError(path, message);
    case 'abi':
      return new AbiError(path, message, `${ABI_MAJOR}.${ABI_MINOR}`);
    case 'config':
      return new ConfigError(label, message || 'the plugin refuses its options', details);
    case 'failed':
    case 'contract':
      return callErrorOf(label, fault, details);
    case 'data':
      return new PluginDataError(label, 'start', message);
    case 'sandbox':
      return new SandboxError(message);
    case 'version':
      return new OpenError(path, 'the runner is of another version than this host', { hint: 'build both anew' });
    default:
      return new PluginFaultError(label, operationOf(fault), whatHappened(fault), fault.kind, grantHint(fault));
  }
}

/**
 * Returns the error for a call that failed while an isolated plugin started. The runner's message begins with the call.
 */
export function callErrorOf(label: string, { refusal, code, message }: NativeFault, details = {}): PlughostError {
  const [, operation = 'init', words = message] = /^(\w+): (.*)$/s.exec(message) ?? [];
  return refusal === 'contract'
    ? new ContractViolationError(label, operation, words)
    : new PluginFailedError(label, operation, statusName(code), words, details);
}

/** Returns whether the process could not be started, or ended before it had loaded the plugin. */
export function isOfTheHost({ kind, state, refusal }: NativeFault): boolean {
  if (kind === 'no-process') return true;
  return refusal === 'none' && kind !== 'refusal' && (state === 'starting' || state === 'confining');
}

/** Returns the error for a fault for which the plugin is not to blame. */
export function noProcess(label: string, fault: NativeFault): RunnerError {
  const what = `the process of plugin ${label}`;
  if (fault.kind === 'no-process') return runnerErrorOf(what, fault.operation, fault.code);
  const said = fault.message && `: ${fault.message}`;
  return new RunnerError(what, `plughost-runner: ${whatHappened(fault)}, before the plugin was loaded${said}`, {
    hint: 'it is not the plugin: look for limits of memory (ulimit -a) and a seccomp profile, or install plughost again (in a clone: npm run build)',
  });
}

const STARTS_THREADS = ['clone', 'clone3', 'pthread_create'];

/** Returns a hint for a plugin that failed to start after the sandbox refused a system call. */
function grantHint({ refusedCall }: NativeFault): { hint: string } | undefined {
  // The process that died wrote this text, so accept only a name.
  if (!/^[a-z0-9_]+$/.test(refusedCall)) return undefined;
  const grant = STARTS_THREADS.includes(refusedCall)
    ? '--grant threads (runtimes such as that of Go cannot start without)'
    : 'see the warnings, and --grant in docs/isolation.md';
  return { hint: `before that the sandbox refused ${refusedCall}; if you trust it with that: ${grant}` };
}

/** Returns the operation in which a plugin failed. */
export function operationOf({ operation, state }: NativeFault): string {
  return operation || DOING[known('State', state)];
}

/** Returns what happened to the process of a plugin, as a clause. */
export function whatHappened(fault: NativeFault): string {
  const place = placeOf(fault);
  const at = place && `, in ${place}`;
  const thread = fault.otherThread ? ', in a thread of its own' : '';
  const limit = fault.atMemoryLimit ? ', at its memory limit' : '';
  switch (known('FaultKind', fault.kind)) {
    case 'crash': {
      if (fault.overflow) return `its stack overflowed${at}${thread}`;
      const touched = ['SIGSEGV', 'SIGBUS'].includes(signalName(fault.code)) && fault.traced;
      const address = touched ? ` at address 0x${fault.address.toString(16)}` : '';
      return `it crashed with ${signalName(fault.code)}${address}${at}${thread}${limit}`;
    }
    case 'exit':
      return `it ended its process with status ${fault.code}${at}${thread}`;
    case 'kill':
      return `its process was killed${limit}`;
    case 'hang':
      // Where an adapter waits says nothing about what it runs.
      return `it did not answer in time${isAdapter(frameOf(fault)?.file ?? '') ? '' : at}`;
    case 'panic':
      return `it broke: ${fault.message || 'no reason given'}`;
    case 'violation':
    case 'refusal':
    case 'no-process':
      return fault.message;
  }
}

/** Files whose functions the plugin called into. The message names the plugin's own function instead. */
const BETWEEN = /^(lib(c|m|pthread|gcc_s|stdc\+\+)\b|ld-linux|plughost-runner$)/;

/** Returns the innermost frame of the plugin or its libraries. */
const frameOf = ({ frames }: NativeFault) => frames.find(({ file }) => file && !BETWEEN.test(basename(file)));

/** Returns the innermost function of the plugin or its libraries, or an empty text. */
function placeOf(fault: NativeFault): string {
  const frame = frameOf(fault);
  if (!frame) return '';
  const at = `${basename(frame.file)}+0x${frame.offset.toString(16)}`;
  const symbol = frame.symbol || (frame.judged ? symbolAt(frame.file, frame.offset) : '');
  return symbol ? `${symbol} (${at})` : at;
}

/** Returns the name of a signal such as `SIGSEGV`, or its number when the system has no name for it. */
export function signalName(number: number): string {
  const { signals } = process.getBuiltinModule('node:os').constants;
  const [name] = Object.entries(signals).find(([, value]) => value === number) ?? [];
  return name ?? `signal ${number}`;
}
