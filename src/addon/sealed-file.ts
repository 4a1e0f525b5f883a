/** A copy of a file that nobody can change, and that needs no place in a file system. */
export interface NativeSealedFile {
  /** Open as long as it is not closed; /proc/self/fd has a path for it. */
  readonly descriptor: number;
  /** Gives the copy back, unless a plugin runs from it. */
  close(): void;
}
