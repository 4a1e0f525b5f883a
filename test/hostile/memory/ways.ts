import type { Mode, Taken } from './drill.js';

/** A way to take memory, and how it ends. */
export interface Way {
  name: string;
  /** Whose memory grows when there is no limit. */
  grows?: keyof Taken;
  /** The message when a fixed limit stops it. */
  meets?: RegExp;
  /** What stops it at a limit of 64 MiB: the kernel refuses memory, or the host kills the process. */
  stopped?: 'refused' | 'killed';
  /** Where it works. Elsewhere the sandbox refuses it and logs that. */
  only?: 'isolated';
  /** Where the sandbox refuses it without a log message, as Landlock does. */
  unreported?: 'init';
  /** Where every run of the tests tries it. */
  light?: { mode: Mode; at: 'init' | 'match' };
}

const NO_STACK = /its stack overflowed|crashed with SIGSEGV|the sandbox refused/;
const NOT_THERE = /crashed with SIGBUS/;

export const WAYS: Way[] = [
  { name: 'malloc', grows: 'largest', stopped: 'refused' },
  { name: 'small-malloc', grows: 'largest' },
  { name: 'break', grows: 'largest', stopped: 'refused' },
  { name: 'map', grows: 'largest', stopped: 'refused' },
  { name: 'map-without-reserve', grows: 'largest', stopped: 'refused' },
  { name: 'map-populated', grows: 'largest', stopped: 'refused' },
  { name: 'map-growing', grows: 'largest', stopped: 'killed', only: 'isolated' },
  {
    name: 'map-shared',
    grows: 'largest',
    stopped: 'killed',
    only: 'isolated',
    light: { mode: 'isolated', at: 'init' },
  },
  { name: 'map-fixed', grows: 'largest', stopped: 'killed', light: { mode: 'sandboxed', at: 'match' } },
  { name: 'protection', grows: 'largest' },
  { name: 'growth', meets: NO_STACK },
  { name: 'stack', meets: NO_STACK, light: { mode: 'sandboxed', at: 'match' } },
  { name: 'stack-of-half', meets: NO_STACK, light: { mode: 'sandboxed', at: 'init' } },
  { name: 'moving', grows: 'largest', stopped: 'refused' },
  { name: 'copies-of-a-file', grows: 'largest', only: 'isolated', unreported: 'init' },
  { name: 'tables', grows: 'largest', stopped: 'refused', light: { mode: 'sandboxed', at: 'init' } },
  { name: 'sparse-pages', grows: 'largest', stopped: 'killed', light: { mode: 'sandboxed', at: 'match' } },
  { name: 'huge-pages', grows: 'largest' },
  { name: 'answers', grows: 'host', stopped: 'killed', light: { mode: 'sandboxed', at: 'match' } },
  { name: 'answers-let-go', grows: 'host', stopped: 'killed' },
  { name: 'huge-answers', grows: 'host', stopped: 'killed' },
  { name: 'payloads', meets: NOT_THERE, light: { mode: 'sandboxed', at: 'match' } },
  { name: 'huge-payloads', meets: NOT_THERE },
  { name: 'blocks', meets: NOT_THERE, light: { mode: 'isolated', at: 'match' } },
  { name: 'threads', grows: 'largest' },
  { name: 'thread-behind', grows: 'largest' },
  {
    name: 'children',
    grows: 'together',
    stopped: 'killed',
    only: 'isolated',
    light: { mode: 'isolated', at: 'match' },
  },
  { name: 'nameless-files', grows: 'together', stopped: 'killed', only: 'isolated' },
  { name: 'printing', meets: /more bytes, which are left out/ },
  { name: 'logging', meets: /messages before this one were lost/ },
];
