import type { NativeStage, StageOptions } from '../addon/stage.js';
import type { Kind } from '../contract/kinds.js';
import type { KindStruct } from '../contract/structs.js';

/** How a call of a plugin may be ended early. */
export interface CallOptions {
  /** Aborting it raises the cancel word of the call's context; a plugin that does not look at it goes on. */
  signal?: AbortSignal | undefined;
  /** Milliseconds from the start of the call to its deadline; 0 or nothing: none. */
  timeout?: number | undefined;
}

/**
 * A plugin instance, wherever it runs. Calls are made one at a time; the caller sees to it. What the plugin gives is
 * checked. After a call failed with the status PANIC the instance is broken, and every call but `destroy` is refused.
 */
export interface Instance {
  /** Whether the plugin runs in a process of its own. */
  readonly isolated: boolean;
  /** @throws PluginFailedError, PluginDataError, ContractViolationError, CancelledError */
  run(options: CallOptions): string;
  /** As `run`, on another thread. */
  runAsync(options: CallOptions): Promise<string>;
  /** A state of the plugin's filter, which has been checked, for single lines. */
  matcher(filter: KindStruct<'filter'>): Matcher;
  /**
   * Makes a stage for runs of the engine. It stays usable until `destroy`.
   * @param calls a checked copy of the struct that the plugin offers for this kind; an instance in another process has
   * its own
   */
  stage(kind: Kind, options: StageOptions, calls: Buffer): NativeStage;
  /** Frees what its matchers need and ends the instance; no call may follow. */
  destroy(): void;
}

/** Asks a filter about one line at a time. */
export interface Matcher {
  /** @throws PluginFailedError, ContractViolationError */
  match(line: Uint8Array): boolean;
  /** Frees the state; no call may follow. */
  free(): void;
}
