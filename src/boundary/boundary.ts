import type { NativeIsolated } from '../addon/isolated.js';
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
  /** The address of the `plug_plugin`, for the engine; 0n when it is in another process. */
  readonly address: bigint;
  /** The plugin, for the engine, when it is in another process. */
  readonly isolated: NativeIsolated | undefined;
  /** @throws PluginFailedError, PluginDataError, ContractViolationError, CancelledError */
  run(options: CallOptions): string;
  /** As `run`, on another thread. */
  runAsync(options: CallOptions): Promise<string>;
  /** A state of the plugin's filter, which has been checked, for single lines. */
  matcher(filter: KindStruct<'filter'>): Matcher;
  /** No further call may follow. For a plugin that another part of the host has seen panic. */
  markBroken(): void;
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
