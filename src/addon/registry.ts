/**
 * The libraries that this process has opened, for all of its JavaScript threads. A library has a number, from 0, which
 * stays valid.
 */
export interface NativeRegistry {
  /**
   * Returns the number of the library that is open under this name's real path, unless it is retired. Otherwise returns
   * the real path, or null when there is no such file.
   */
  find(name: string): number | string | null;
  /**
   * Starts to open the library of a real path. One thread opens libraries at a time: `begin` waits until the other thread
   * has called `commit` or `abort`, or has ended. Returns the number of the library if it is open by then. Otherwise
   * returns the last generation of the path, which is retired, or null when this is the first; then `commit` or `abort` of
   * this thread must follow. Until then this thread may open other libraries.
   * @throws an error whose `code` is GONE (there is no such file now) or OPENS_ITSELF (this thread opens it already)
   */
  begin(path: string): number | (LibraryRecord & { unchanged: boolean }) | null;
  /**
   * Records what this thread has loaded since `begin`, keeps it mapped until the process ends, and returns its number.
   * Ends the opening, also when it throws.
   * @throws an error whose `code` is CHANGED (the file is not what it was at `begin`), PIN (`file` is not open), OTHER
   * (another file is open by its name; the message is its path) or NOT_BEGUN
   */
  commit(path: string, loaded: LoadedLibrary): number;
  /** Ends an opening of this thread without a record. Does nothing when there is none. */
  abort(path: string): void;
  /** Ends all openings of this thread. Happens by itself when a thread ends. */
  abortAll(): void;
  /** Returns another path with this manifest id, of a library that is not retired or an isolated plugin; or null. */
  holderOf(id: string, butPath: string): string | null;
  /** Returns whether the file is gone or has changed since it was opened. */
  isStale(number: number): boolean;
  /** From now on `find` does not return this library. */
  retire(number: number): void;
  isRetired(number: number): boolean;
  at(number: number): LibraryRecord;
  all(): LibraryRecord[];
}

/** What was just loaded. */
export interface LoadedLibrary {
  /** The path that was opened: the real one, or that of a private copy. */
  file: string;
  /** Of its manifest, or empty. */
  id: string;
  /** For the threads that find the record; the registry does not read it. */
  description: string;
}

export interface LibraryRecord {
  path: string;
  file: string;
  description: string;
  /** 1 for the first opening of the path in this process, 2 for the next, and so on. */
  generation: number;
  /** The address at which it is mapped. */
  base: bigint;
  /** Bytes of address space. */
  mapped: number;
  retired: boolean;
}

/** A plugin that is linked into the addon. The runner has the same one. */
export interface NativeBuiltin {
  /** By which users name it, after `builtin:`. */
  name: string;
  /** The text of its `plug_manifest`. */
  manifest: Buffer;
  /** The address of its `NewPlugin`, and whether that is a function or the plugin itself. */
  newPlugin: bigint;
  kind: 'function' | 'data';
}
