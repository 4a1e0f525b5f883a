import type { Mode, Taken } from './drill.js';

/** A way to take memory, as the plugin knows it. */
export interface Way {
  name: string;
  /** Whose memory it is that grows when nothing limits it; of others nothing does, whatever the limit. */
  grows?: keyof Taken;
  /** What is said when it meets a wall that is always there. */
  meets?: RegExp;
  /** Who stops it at a limit of 64 MiB: the kernel, which gives it no more, or the host, which kills it. */
  stopped?: 'refused' | 'killed';
  /** Where it can take anything at all; elsewhere the sandbox refuses it, and says so. */
  only?: 'isolated';
  /** Where the sandbox refuses it without a word: Landlock, which keeps files away, reports nothing. */
  unreported?: 'init';
  /** Whether it is tried in every run of the tests, and how. */
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
