import type { Ending } from './drill.js';

/** How an in-process host ends for each fault. */
export const IN_PROCESS: readonly [Ending, readonly string[]][] = [
  [
    'killed by SIGSEGV',
    [
      ...['null-read', 'null-write', 'wild-read', 'call-null', 'call-data', 'guard-page', 'write-to-constant'],
      ...['write-behind-spans', 'write-before-spans', 'unaligned-vector', 'stack-overflow', 'big-alloca'],
      ...['use-after-free', 'smashed-return', 'negative-copy', 'write-to-host', 'log-nothing', 'thread-that-crashes'],
      ...['raise-segv', 'blocked-then-crash', 'ignored-then-crash', 'jump-to-nowhere'],
    ],
  ],
  [
    'killed by SIGABRT',
    [
      ...['double-free', 'free-of-stack', 'abort', 'assertion', 'terminate'],
      // V8 and the event loop need their descriptors.
      'close-and-go-on',
    ],
  ],
  ['killed by SIGBUS', ['cut-mapping', 'raise-bus']],
  ['killed by SIGFPE', ['divide-by-zero']],
  ['killed by SIGILL', ['bad-instruction', 'trap']],
  ['killed by SIGKILL', ['raise-kill', 'kill-group']],
  ['killed by SIGALRM', ['raise-alarm']],
  ['ends with status 70', ['exit-0', 'exit-3', 'quick-exit']],
  ['ends silently', ['_exit-0', 'exec']],
  [
    'hangs',
    [
      ...['loop', 'deadlock', 'sleep', 'stop-itself', 'deaf-loop', 'looping-handler', 'forget-the-host'],
      // The host waits for a thread that no longer exists.
      'thread-exit',
    ],
  ],
  ['spoilt', ['write-to-line']],
  [
    'refused',
    [
      ...['count-too-large', 'count-enormous', 'cursor-stays', 'cursor-outside', 'cursor-in-line'],
      ...['span-outside', 'span-part', 'span-two', 'span-enormous', 'span-behind', 'answer-7', 'answer-panic'],
      ...['throw-number', 'throw-exception'],
      // Other plugins depend on it, so the run ends.
      'change-environment',
      ...['no-newline', 'unchanged-and-written', 'again-for-nothing'],
    ],
  ],
  // The host restores what was changed after the run.
  [
    'unharmed',
    ['change-folder', 'change-umask', 'change-locale', 'change-signal-mask', 'print-and-go-on', 'fork-and-go-on'],
  ],
];

/** Faults whose end depends on the machine, or on the abort() that follows them so that isolation can name the line. */
export const UNTOLD: readonly string[] = [
  ...['allocate-and-touch', 'allocate-untouched', 'map-shared', 'use-up-descriptors', 'close-everything'],
  ...['replace-descriptors', 'limits', 'raise-term', 'thread-that-exits', 'threads-that-stay', 'print-little'],
  ...['print-much', 'print-dirt', 'log-much', 'fork-and-leave', 'child-exits'],
];
