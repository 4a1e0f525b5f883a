/** Each calls the function at the first argument. Pointers are addresses or buffers; a null one is given as null. */
export interface NativeCalls {
  NewPlugin(address: bigint, ...args: unknown[]): bigint | null;
  name(address: bigint, ...args: unknown[]): bigint | null;
  init(address: bigint, plugin: bigint, host: bigint, config: Uint8Array, error: Uint8Array): number;
  run(address: bigint, ...args: unknown[]): number;
  /**
   * `run` on a thread of its own, with what the plugin wrote and the bytes of its `plug_error`. When this JavaScript thread
   * ends before, the cancel word is raised, and the thread waits two seconds at most; the instance of a call that is still
   * going on then is never ended.
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
  /** The bytes written so far; the sink is empty afterwards. */
  take(): Buffer;
}

export interface NativeContext {
  readonly address: bigint;
  /** Stores a PLUG_CANCEL_* reason with one atomic write; the first one stays. */
  cancel(reason: number): void;
  readonly cancelled: number;
}
