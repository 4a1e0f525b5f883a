/**
 * Functions of plugins. Each calls the C function at the address in its first argument. A pointer argument is an address,
 * a buffer or null; a null result is null.
 */
export interface NativeCalls {
  NewPlugin(address: bigint, ...args: unknown[]): bigint | null;
  name(address: bigint, ...args: unknown[]): bigint | null;
  init(address: bigint, plugin: bigint, host: bigint, config: Uint8Array, error: Uint8Array): number;
  run(address: bigint, ...args: unknown[]): number;
  /**
   * Calls `run` on a new thread. Resolves to its status, the bytes that the plugin wrote, and the bytes of its
   * `plug_error`. When this JavaScript thread ends first, it raises the cancel word and waits for at most two seconds. If
   * the call goes on after that, nothing ever ends the instance.
   */
  runAsync(
    address: bigint,
    plugin: bigint,
    host: bigint,
    context: NativeContext,
  ): Promise<{ status: number; bytes: Buffer; error: Buffer }>;
  extension(address: bigint, ...args: unknown[]): bigint | null;
  state_new(address: bigint, ...args: unknown[]): bigint | null;
  match(address: bigint, host: bigint, plugin: bigint, state: bigint, line: Uint8Array): number;
}

export interface NativeSink {
  readonly address: bigint;
  /** Returns the bytes that were written so far, and empties the sink. */
  take(): Buffer;
}

export interface NativeContext {
  readonly address: bigint;
  /** Raises the cancel word with a PLUG_CANCEL_* reason. The first reason stays. Any thread may read it meanwhile. */
  cancel(reason: number): void;
  /** The reason, or 0. */
  readonly cancelled: number;
}
