import type { Mode, Taken } from './drill.js';

/** A way to take memory, as the plugin knows it. */
export interface Way {
  name: string;
  /** Whose memory it is that grows when nothing limits it; of others nothing does, whatever the limit. */
  grows?: keyof Taken;
  /** What is said when it meets a wall that is always there. */
  meets?: RegExp;
  /** Where it can take anything at all; elsewhere the sandbox refuses it, and says so. */
  only?: 'isolated';
  /** Whether it is tried in every run of the tests, and how. */
  light?: { mode: Mode; at: 'init' | 'match' };
}

const NO_STACK = /its stack overflowed|crashed with SIGSEGV|the sandbox refused/;
const NOT_THERE = /crashed with SIGBUS/;

export const WAYS: Way[] = [
  { name: 'malloc', grows: 'largest' },
  { name: 'small-malloc', grows: 'largest' },
  { name: 'break', grows: 'largest' },
  { name: 'map', grows: 'largest' },
  { name: 'map-without-reserve', grows: 'largest' },
  { name: 'map-populated', grows: 'largest' },
  { name: 'map-growing', grows: 'largest', only: 'isolated' },
  { name: 'map-shared', grows: 'largest', only: 'isolated', light: { mode: 'isolated', at: 'init' } },
  { name: 'map-fixed', grows: 'largest', light: { mode: 'sandboxed', at: 'match' } },
  { name: 'protection', grows: 'largest' },
  { name: 'growth', meets: NO_STACK },
  { name: 'stack', meets: NO_STACK, light: { mode: 'sandboxed', at: 'match' } },
  { name: 'stack-of-half', meets: NO_STACK, light: { mode: 'sandboxed', at: 'init' } },
  { name: 'moving', grows: 'largest' },
  { name: 'copies-of-a-file', grows: 'largest', only: 'isolated' },
  { name: 'tables', grows: 'largest', light: { mode: 'sandboxed', at: 'init' } },
  { name: 'sparse-pages', grows: 'largest', light: { mode: 'sandboxed', at: 'match' } },
  { name: 'huge-pages', grows: 'largest' },
  { name: 'answers', grows: 'host', light: { mode: 'sandboxed', at: 'match' } },
  { name: 'answers-let-go', grows: 'host' },
  { name: 'huge-answers', grows: 'host' },
  { name: 'payloads', meets: NOT_THERE, light: { mode: 'sandboxed', at: 'match' } },
  { name: 'huge-payloads', meets: NOT_THERE },
  { name: 'blocks', meets: NOT_THERE, light: { mode: 'isolated', at: 'match' } },
  { name: 'threads', grows: 'largest' },
  { name: 'thread-behind', grows: 'largest' },
  { name: 'children', grows: 'together', only: 'isolated', light: { mode: 'isolated', at: 'match' } },
  { name: 'nameless-files', grows: 'together', only: 'isolated' },
  { name: 'printing', meets: /more bytes, which are left out/ },
  { name: 'logging', meets: /messages before this one were lost/ },
];
