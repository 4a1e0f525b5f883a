/** How a control call may be ended early. */
export interface CallOptions {
  /** Aborting it raises the cancel word of the call's context. */
  signal?: AbortSignal | undefined;
  /** Milliseconds until the context's deadline. */
  timeout?: number | undefined;
}

/**
 * A plugin instance, wherever it runs. Calls are made one at a time; the caller sees to it.
 * Failures of the plugin are PluginFailedError; text that it gives is checked.
 */
export interface Instance {
  /** The address of the `plug_plugin`, for the engine. */
  readonly address: bigint;
  name(): string;
  /** Config is a JSON text. Once, before `run` and the extensions' calls. */
  init(config: string): void;
  run(options: CallOptions): string;
  runAsync(options: CallOptions): Promise<string>;
  /** The address of the extension's struct, or 0n. */
  extension(id: string): bigint;
  /** Ends the instance; no call may follow. */
  destroy(): void;
}
