import { UsageError } from '../../errors/index.js';
import type { IsolateOptions, OnFault } from '../../loader/isolated/isolate.js';
import { bytes, type Flag, seconds, wholeNumber } from './flags.js';

/** Options that say where plugins run. */
export const ISOLATE_FLAGS: Flag[] = [
  { name: 'isolate', help: 'run each plugin in a process of its own: what it breaks there, it does not break here' },
  { name: 'sandbox', help: 'and keep it from files, network and other processes' },
  {
    name: 'grant',
    value: 'WHAT',
    help: 'what it may do in the sandbox all the same: threads, read:PATH or write:PATH; may be repeated',
  },
  { name: 'call-timeout', value: 'SECONDS', help: 'the time an isolated plugin has for a call or a block (10)' },
  { name: 'memory', value: 'SIZE', help: 'the memory that it may have (1G)' },
];

/** Those that concern lines. */
export const FAULT_FLAGS: Flag[] = [
  {
    name: 'on-fault',
    value: 'HOW',
    choices: ['skip', 'match', 'stop'] satisfies OnFault[],
    help: 'lines that an isolated plugin does not survive: skip (leave them out), match (keep them) or stop',
  },
  { name: 'max-faults', value: 'N', help: 'stop when there are more of them (100)' },
];

/** What the command line says of isolation, until it is known whether anything is isolated. */
export interface IsolateRequest {
  /** `--isolate`; a sandbox is a process of its own too. */
  isolate: boolean;
  options: IsolateOptions;
  /** The first option that makes no sense without isolation. */
  needless: string | undefined;
}

export const noIsolation = (): IsolateRequest => ({ isolate: false, options: {}, needless: undefined });

/** Takes one of these options; false when the flag is another one. @throws UsageError */
export function takeIsolate(command: string, request: IsolateRequest, flag: string, value = ''): boolean {
  const { options } = request;
  switch (flag) {
    case 'isolate':
      request.isolate = true;
      return true;
    case 'sandbox':
      options.sandbox = true;
      return true;
    case 'grant':
      grant(command, options, value);
      break;
    case 'call-timeout':
      options.callTimeout = seconds(command, '--call-timeout', value) * 1000;
      break;
    case 'memory':
      options.memory = bytes(command, '--memory', value, 2 ** 40);
      break;
    case 'on-fault':
      options.onFault = value as OnFault;
      break;
    case 'max-faults':
      options.maxFaults = wholeNumber(command, '--max-faults', value, 0, 1_000_000);
      break;
    default:
      return false;
  }
  request.needless ??= `--${flag}`;
  return true;
}

/** Whether plugins run in processes of their own, as long as nothing is said of a single one. */
export const isIsolated = ({ isolate, options }: IsolateRequest): boolean => isolate || options.sandbox === true;

/** What plugins are loaded with. @throws UsageError */
export function isolateOptionsOf(command: string, request: IsolateRequest, some = isIsolated(request)): IsolateOptions {
  const { needless, options } = request;
  if (needless && !some) throw new UsageError(`${command}: ${needless} says nothing without --isolate`);
  if (options.grant && !options.sandbox) throw new UsageError(`${command}: --grant says nothing without --sandbox`);
  return options;
}

function grant(command: string, options: IsolateOptions, value: string): void {
  const { threads, read = [], write = [] } = options.grant ?? {};
  const [, kind, path] = /^(read|write):(.+)$/s.exec(value) ?? [];
  if (value === 'threads') options.grant = { threads: true, read, write };
  else if (kind === 'read' && path) options.grant = { threads, read: [...read, path], write };
  else if (kind === 'write' && path) options.grant = { threads, read, write: [...write, path] };
  else throw new UsageError(`${command}: --grant ${value}: threads, read:PATH or write:PATH is needed`);
}
