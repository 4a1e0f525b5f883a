import type { NativeStage, StageOptions } from '../addon/stage.js';
import type { Kind } from '../contract/kinds.js';
import type { KindStruct } from '../contract/structs.js';

/** What may end a call of a plugin early. */
export interface CallOptions {
  /** Aborting it raises the cancel word of the call. A plugin that does not look at this word goes on. */
  signal?: AbortSignal | undefined;
  /** Milliseconds from the start of the call to its deadline; 0 or undefined for no deadline. */
  timeout?: number | undefined;
}

/**
 * A plugin instance, wherever it runs: one class for each place. The caller makes one call at a time. The instance checks
 * what the plugin returns. After a call that ended with PANIC, here or in a run, every method but `destroy` throws.
 */
export interface Instance {
  /** Whether the plugin runs in a process of its own. */
  readonly isolated: boolean;
  /**
   * Calls the plugin's `run` on this thread and returns the text that it wrote.
   * @throws PluginFailedError, PluginDataError, ContractViolationError, CancelledError
   */
  run(options: CallOptions): string;
  /** Does the same on another thread. */
  runAsync(options: CallOptions): Promise<string>;
  /** Makes a state of the plugin's filter for single lines. `filter` has been checked. */
  matcher(filter: KindStruct<'filter'>): Matcher;
  /**
   * Makes a stage for runs of the engine, which runs accept until `destroy`.
   * @param calls a checked copy of the struct that the plugin offers for this kind. An instance in another process ignores
   * it, because that process has its own.
   */
  stage(kind: Kind, options: StageOptions, calls: Buffer): NativeStage;
  /** Frees the matchers and ends the instance. The caller makes no further call. */
  destroy(): void;
}

/** Asks a filter about one line at a time. */
export interface Matcher {
  /** @throws PluginFailedError, ContractViolationError */
  match(line: Uint8Array): boolean;
  /** Frees the state. The caller makes no further call. */
  free(): void;
}
