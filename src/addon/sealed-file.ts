/** A copy of a file in memory, which no process can change. It needs no room in a file system. */
export interface NativeSealedFile {
  /** Valid until `close`. The path of the copy is /proc/self/fd/ and this number. */
  readonly descriptor: number;
  /** Releases the copy. Plugins that were started from it keep it alive. */
  close(): void;
}
