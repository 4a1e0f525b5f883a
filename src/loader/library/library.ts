import { addon } from '../../addon.js';
import { checked } from '../../arguments/argument.js';
import { oneOf, optional, text } from '../../arguments/checks.js';
import type { LibraryHandle } from '../../contract/calls.js';
import type { Manifest } from '../../contract/manifest.js';
import { LibraryClosedError, SymbolNotFoundError, TypeAssertionError } from '../../errors/index.js';
import type { ExportedSymbol, Inspection } from '../../inspect/inspection.js';
import { nearest } from '../../text/nearest.js';
import { cleaned } from '../../text/printable.js';
import { DataSymbol, FunctionSymbol, type LibrarySymbol } from './library-symbol.js';

/** What a thread knows about a library that is open in the process. */
export interface OpenedLibrary {
  handle: LibraryHandle;
  inspection: Inspection;
  manifest: Manifest | undefined;
  /** Of the bytes that were opened; only if it was opened with a lock. */
  sha256: string | undefined;
  needed: LockedNeed[];
}

/** A library that another one needs and that the system does not provide. */
export interface LockedNeed {
  name: string;
  path: string;
  /** Of the bytes that were opened; only if the other one was opened with a lock. */
  sha256: string | undefined;
  /** The process-wide unique symbols that it defines. */
  unique: readonly string[];
}

/** An instance of a plugin, as its library needs it. */
interface Closable {
  close(): void;
}

/** An open library. `open` creates one object for each file and thread; the mapping stays until the process ends. */
export class Library implements Disposable {
  /** The real path of the file. */
  readonly path: string;
  /** The manifest as it was read before loading. */
  readonly manifest: Manifest | undefined;
  readonly inspection: Inspection;
  /** Of the bytes that were opened; only if it was opened with a lock. */
  readonly sha256: string | undefined;
  /** The libraries that it needs and that the system does not provide. @internal */
  readonly needed: readonly LockedNeed[];
  /** 1 for the first opening of the path in this process, 2 for the opening after `close`, and so on. */
  readonly generation: number;
  readonly #number: number;
  readonly #forget: () => void;
  readonly #handle: OpenedLibrary['handle'];
  readonly #exported: ReadonlyMap<string, ExportedSymbol>;
  readonly #found = new Map<string, LibrarySymbol>();
  readonly #instances = new Set<WeakRef<Closable>>();
  #warned = false;

  /** @param number in the registry @param forget is called by `close` @internal */
  constructor(number: number, { handle, inspection, manifest, sha256, needed }: OpenedLibrary, forget: () => void) {
    const { path, generation } = addon().registry.at(number);
    this.path = path;
    this.generation = generation;
    this.manifest = manifest;
    this.inspection = inspection;
    this.sha256 = sha256;
    this.needed = needed;
    this.#number = number;
    this.#forget = forget;
    this.#handle = handle;
    this.#exported = new Map(inspection.symbols.map((symbol) => [symbol.name, symbol]));
  }

  /** Returns whether a value is a library, not only an object that looks like one. @internal */
  static isOne(value: unknown): value is Library {
    return typeof value === 'object' && value !== null && #number in value;
  }

  /** The manifest's id, or the path without a manifest. */
  get id(): string {
    return this.manifest?.id ?? this.path;
  }

  /** Whether the file is gone or has changed since it was opened. Reads the file's status. */
  get stale(): boolean {
    return addon().registry.isStale(this.#number);
  }

  /** Whether any thread has called `close`. */
  get closed(): boolean {
    return addon().registry.isRetired(this.#number);
  }

  /**
   * Returns what the library exports, in the order of its symbol table.
   * @throws LibraryClosedError
   */
  symbols(): ExportedSymbol[] {
    this.ensureOpen('symbols');
    return [...this.inspection.symbols];
  }

  /**
   * Returns a symbol of the library itself, not of libraries that it needs. The same name returns the same object.
   * @param kind the kind that the symbol must have
   * @throws SymbolNotFoundError with similar names; TypeAssertionError when it is of the other kind;
   * LibraryClosedError, UsageError
   */
  lookup(name: string, kind: 'function'): FunctionSymbol;
  lookup(name: string, kind: 'data'): DataSymbol;
  lookup(name: string): LibrarySymbol;
  lookup(name: string, kind?: LibrarySymbol['kind']): LibrarySymbol {
    checked('lookup', 'name', name, text);
    checked('lookup', 'kind', kind, optional(oneOf('function', 'data')));
    this.ensureOpen(`lookup ${name}`);
    const symbol = this.#found.get(name) ?? this.#find(name);
    if (kind && symbol.kind !== kind) {
      const [found, wanted] = symbol.kind === 'data' ? ['data object', 'function'] : ['function', 'data object'];
      throw new TypeAssertionError(this.path, `${name} is a ${found} of ${symbol.size} bytes, not a ${wanted}`);
    }
    return symbol;
  }

  /**
   * Retires this generation in the whole process. No new instances can be created, this thread's instances are closed
   * when their calls and runs have ended, and the next `open` of the path starts another generation. The mapping stays,
   * so running code is not affected. A second call does nothing.
   */
  close(): void {
    addon().registry.retire(this.#number);
    this.#forget();
    for (const instance of this.#instances) instance.deref()?.close();
    this.#instances.clear();
  }

  /** Closes the library, as `close` does. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** @throws LibraryClosedError @internal */
  ensureOpen(operation: string): void {
    if (this.closed) throw new LibraryClosedError(this.path, operation);
  }

  /** Closes the instance when the library is closed. Returns a function that undoes this. @internal */
  adopt(instance: Closable): () => void {
    const reference = new WeakRef(instance);
    this.#instances.add(reference);
    return () => this.#instances.delete(reference);
  }

  /** Warns once when the file at the path has changed. @internal */
  warnIfStale(): void {
    if (this.#warned || !this.stale) return;
    this.#warned = true;
    process.emitWarning(cleaned(`${this.path} was changed since it was opened; what was opened is still used`), {
      code: 'PLUGHOST_STALE',
      detail: 'Call library.close() and open it again to use the new file.',
    });
  }

  #find(name: string): LibrarySymbol {
    const exported = this.#exported.get(name);
    if (!exported) throw new SymbolNotFoundError(name, this.id, nearest(name, this.#exported.keys()));
    const address = this.#handle.symbol(name);
    const Kind = exported.kind === 'function' ? FunctionSymbol : DataSymbol;
    const symbol = new Kind(exported, address, this);
    this.#found.set(name, symbol);
    return symbol;
  }
}
