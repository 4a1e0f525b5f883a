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

/** What a thread knows of a library that is open in the process. */
export interface OpenedLibrary {
  handle: LibraryHandle;
  inspection: Inspection;
  manifest: Manifest | undefined;
  /** Of the bytes that were opened, if somebody asked. */
  sha256: string | undefined;
  needed: LockedNeed[];
}

/** A library that it needs and that the system does not bring. */
export interface LockedNeed {
  name: string;
  path: string;
  /** Of the bytes that were opened, if somebody asked. */
  sha256: string | undefined;
  /** Symbols that it brings and of which a process has one. */
  unique: readonly string[];
}

/** An instance of a library's plugin, as far as its library must know it. */
interface Closable {
  close(): void;
}

/**
 * An open library: loaded, mapped until the process ends, one object for each file in each thread. Made by `open`.
 */
export class Library implements Disposable {
  /** The real path of the file. */
  readonly path: string;
  /** What it said of itself before it was loaded. */
  readonly manifest: Manifest | undefined;
  readonly inspection: Inspection;
  /** Of the bytes that were opened, when it was opened with a lock. */
  readonly sha256: string | undefined;
  /** What it needs and the system does not bring. @internal */
  readonly needed: readonly LockedNeed[];
  /** Counts the times that the path was opened anew in this process, after it was closed. */
  readonly generation: number;
  readonly #number: number;
  readonly #forget: () => void;
  readonly #handle: OpenedLibrary['handle'];
  readonly #exported: ReadonlyMap<string, ExportedSymbol>;
  readonly #found = new Map<string, LibrarySymbol>();
  readonly #instances = new Set<WeakRef<Closable>>();
  #warned = false;

  /** `number` is that of the process's registry; `forget` is called when it is closed. @internal */
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

  /** Whether a value is a library, and not only made to look like one. @internal */
  static isOne(value: unknown): value is Library {
    return typeof value === 'object' && value !== null && #number in value;
  }

  /** The manifest's id; without a manifest the path. */
  get id(): string {
    return this.manifest?.id ?? this.path;
  }

  /** Whether the file is gone, or is no longer what was opened. Asks the system. */
  get stale(): boolean {
    return addon().registry.isStale(this.#number);
  }

  /** Whether `close` was called, by whichever thread. */
  get closed(): boolean {
    return addon().registry.isRetired(this.#number);
  }

  /**
   * What the library exports, in the order of its symbol table.
   * @throws LibraryClosedError
   */
  symbols(): ExportedSymbol[] {
    this.ensureOpen('symbols');
    return [...this.inspection.symbols];
  }

  /**
   * A symbol of the library itself; those of libraries that it needs are not found. The same name gives the same object.
   * @param kind what it must be
   * @throws SymbolNotFoundError with names that are near; TypeAssertionError when it is of the other kind;
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
   * Retires this generation, in the whole process: no new instances come of it, those of this thread are closed once
   * their calls and runs are over, and the next `open` of the path makes another generation. The mapping stays, so code
   * that is still called does no harm. A second call does nothing.
   */
  close(): void {
    addon().registry.retire(this.#number);
    this.#forget();
    for (const instance of this.#instances) instance.deref()?.close();
    this.#instances.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  /** @throws LibraryClosedError @internal */
  ensureOpen(operation: string): void {
    if (this.closed) throw new LibraryClosedError(this.path, operation);
  }

  /** Closes the instance with the library; the returned function is for its end. @internal */
  adopt(instance: Closable): () => void {
    const reference = new WeakRef(instance);
    this.#instances.add(reference);
    return () => this.#instances.delete(reference);
  }

  /** Says once that another file is at the path. @internal */
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
