/** The libraries that this process has opened, for all of its JavaScript threads, by number. */
export interface NativeRegistry {
  /**
   * The number of the library that is open under this name's real path, and not retired; the real path when there is
   * none; null when there is no such file.
   */
  find(name: string): number | string | null;
  /**
   * The number of the library of a real path: as `find` when it is open by now, else `load` is called and what it tells
   * is recorded. One thread loads at a time, the others wait. The library is mapped until the process ends.
   * Throws what `load` throws, and errors whose `code` is GONE (there is no such file now), CHANGED (the file is not
   * what it was before `load`), OPENS_ITSELF (this thread is loading it already), PIN (`file` is not open) or OTHER (what is open by its name is
   * mapped from another file, which is the message).
   */
  open(path: string, load: (before: (LibraryRecord & { unchanged: boolean }) | null) => LoadedLibrary): number;
  /** Another path that has this manifest id, of a library that is not retired or an isolated plugin; or null. */
  holderOf(id: string, butPath: string): string | null;
  /** Whether the file is gone or changed since it was opened. */
  isStale(number: number): boolean;
  /** From now on `find` does not know it. */
  retire(number: number): void;
  isRetired(number: number): boolean;
  at(number: number): LibraryRecord;
  all(): LibraryRecord[];
}

/** What was just opened. */
export interface LoadedLibrary {
  /** The path that was opened: the real one, or that of a private copy. */
  file: string;
  /** Of its manifest, or empty. */
  id: string;
  /** Whatever other threads need. */
  facts: string;
}

export interface LibraryRecord {
  path: string;
  file: string;
  facts: string;
  /** Counts the times that the path was opened anew. */
  generation: number;
  /** Where it is mapped. */
  base: bigint;
  /** Bytes of address space. */
  mapped: number;
  retired: boolean;
}
