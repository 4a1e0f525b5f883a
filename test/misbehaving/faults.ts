import { join } from 'node:path';
import { buildFolder } from '../../src/addon.js';

/** Returns the path of a misbehaving plugin. */
export const misbehaving = (variant = ''): string =>
  join(buildFolder, 'test', `libmisbehaving${variant && `-${variant}`}.so`);

/** A fault that the plugin commits at a line that contains POISON. */
export interface Fault {
  name: string;
  /** The message of an isolated run, which loses this line and no other. */
  says: RegExp;
  /** The message of a sandboxed run, if it differs. */
  sandboxed?: RegExp;
  /** The role that commits it, if not the filter. */
  at?: 'filter' | 'transform' | 'exporter';
  shape?: 'line';
}

const crash = (signal: string) => new RegExp(`it crashed with ${signal}\\b`);
const ended = (status: number) => new RegExp(`it ended its process with status ${status}\\b`);
const hung = /it did not answer in time/;

/** Faults that kill an in-process host, make it hang, or spoil its output. */
export const FAULTS: Fault[] = [
  ...['null-read', 'null-write', 'wild-read', 'call-null', 'call-data', 'guard-page'].map((name) => ({
    name,
    says: /it crashed with SIGSEGV at address 0x/,
  })),
  ...['write-to-constant', 'write-to-line', 'write-behind-spans', 'unaligned-vector'].map((name) => ({
    name,
    says: /it crashed with SIG(SEGV|TRAP|ILL)/,
  })),
  { name: 'stack-overflow', says: /its stack overflowed, in recurse/ },
  { name: 'big-alloca', says: /its stack overflowed|SIGSEGV/ },
  ...['double-free', 'free-of-stack', 'abort', 'assertion', 'limits'].map((name) => ({ name, says: crash('SIGABRT') })),
  { name: 'divide-by-zero', says: crash('SIGFPE') },
  { name: 'bad-instruction', says: crash('SIGILL') },
  { name: 'trap', says: /it crashed with SIG(ILL|TRAP)/ },
  { name: 'raise-segv', says: crash('SIGSEGV') },
  { name: 'raise-bus', says: crash('SIGBUS') },
  { name: 'raise-term', says: crash('SIGTERM'), sandboxed: crash('SIGABRT') },
  { name: 'raise-kill', says: /its process was killed/, sandboxed: crash('SIGABRT') },
  { name: 'raise-alarm', says: /SIGALRM|did not answer/, sandboxed: hung },
  { name: 'blocked-then-crash', says: crash('SIGSEGV') },
  { name: 'ignored-then-crash', says: crash('SIGSEGV') },
  { name: 'jump-to-nowhere', says: crash('SIGSEGV') },
  { name: 'exit-0', says: ended(0) },
  { name: 'exit-3', says: ended(3) },
  { name: '_exit-0', says: ended(0) },
  { name: 'quick-exit', says: ended(0) },
  { name: 'exec', says: ended(0), sandboxed: crash('SIGABRT') },
  ...['loop', 'deadlock', 'sleep', 'stop-itself', 'deaf-loop'].map((name) => ({ name, says: hung })),
  { name: 'looping-handler', says: hung, sandboxed: crash('SIGSEGV') },
  { name: 'forget-the-host', says: hung },
  { name: 'allocate-and-touch', says: /it crashed with SIG\w+.*at its memory limit/ },
  { name: 'allocate-untouched', says: crash('SIGABRT') },
  { name: 'map-shared', says: crash('SIGABRT') },
  { name: 'use-up-descriptors', says: crash('SIGABRT') },
  { name: 'close-everything', says: crash('SIGABRT') },
  { name: 'replace-descriptors', says: crash('SIGABRT') },
  {
    name: 'thread-that-crashes',
    says: /SIGSEGV at address 0x8, in crash .*in a thread of its own/,
    sandboxed: crash('SIGABRT'),
  },
  {
    name: 'thread-that-exits',
    says: /ended its process with status 0.*in a thread of its own/,
    sandboxed: crash('SIGABRT'),
  },
  { name: 'thread-exit', says: /ended its process with status 0|SIGABRT/ },
  { name: 'threads-that-stay', says: crash('SIGABRT') },
  { name: 'print-little', says: crash('SIGABRT') },
  { name: 'print-much', says: crash('SIGABRT') },
  { name: 'print-dirt', says: crash('SIGABRT') },
  { name: 'log-much', says: crash('SIGABRT') },
  { name: 'log-nothing', says: crash('SIGSEGV') },
  { name: 'fork-and-leave', says: crash('SIGABRT') },
  { name: 'child-exits', says: /ended its process with status 0|SIGABRT/, sandboxed: crash('SIGABRT') },
  { name: 'kill-group', says: /its process was killed/, sandboxed: crash('SIGABRT') },
  { name: 'count-too-large', says: /scan returned more spans than there was room for/ },
  { name: 'count-enormous', says: /scan returned more spans than there was room for/ },
  { name: 'cursor-stays', says: /scan moved its cursor/ },
  { name: 'cursor-outside', says: /scan moved its cursor/ },
  { name: 'cursor-in-line', says: /scan left its cursor inside a line/ },
  ...['span-outside', 'span-part', 'span-two', 'span-enormous', 'span-behind'].map((name) => ({
    name,
    says: /scan gave (spans that overlap|a span)/,
  })),
  { name: 'answer-7', shape: 'line', says: /match: it returned 7, and only 0 and 1 are answers/ },
  { name: 'answer-panic', shape: 'line', says: /it broke/ },
  ...['use-after-free', 'smashed-return', 'negative-copy', 'write-before-spans', 'write-to-host'].map((name) => ({
    name,
    says: crash('SIGSEGV'),
  })),
  { name: 'cut-mapping', says: crash('SIGBUS'), sandboxed: crash('SIGABRT') },
  ...['throw-number', 'throw-exception', 'terminate'].map((name) => ({ name, says: crash('SIGABRT') })),
  { name: 'no-newline', at: 'transform', says: /does not end with a newline/ },
  { name: 'unchanged-and-written', at: 'transform', says: /wrote something and returned UNCHANGED/ },
  { name: 'null-read', at: 'transform', says: crash('SIGSEGV') },
  { name: 'again-for-nothing', at: 'exporter', says: /write returned AGAIN/ },
  { name: 'null-read', at: 'exporter', says: crash('SIGSEGV') },
  { name: 'exit-0', at: 'exporter', says: ended(0) },
];

/** Faults that may harm an in-process host and cost an isolated run no line. */
export const HARMLESS_FAULTS = [
  'change-folder',
  'change-umask',
  'change-environment',
  'change-locale',
  'change-signal-mask',
  'print-and-go-on',
  'close-and-go-on',
  'fork-and-go-on',
];
