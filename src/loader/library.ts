import type { koffi } from '../contract/koffi.js';
import type { Manifest } from '../contract/manifest.js';
import { SymbolNotFoundError } from '../errors.js';
import type { ExportedSymbol, Inspection } from '../inspect/inspection.js';
import { nearest } from './nearest.js';

/** A symbol of an open library. */
export interface LibrarySymbol extends ExportedSymbol {
  /** Where it is in this process. */
  readonly address: bigint;
}

/** An open library: loaded, pinned until the process ends, one object for each file. Made by `open`. */
export class Library {
  /** The real path of the file. */
  readonly path: string;
  /** What it said of itself before it was loaded. */
  readonly manifest: Manifest | undefined;
  readonly inspection: Inspection;
  readonly #handle: ReturnType<typeof koffi.load>;
  readonly #exported: ReadonlyMap<string, ExportedSymbol>;
  readonly #found = new Map<string, LibrarySymbol>();

  /** @internal */
  constructor(
    path: string,
    handle: ReturnType<typeof koffi.load>,
    inspection: Inspection,
    manifest: Manifest | undefined,
  ) {
    this.path = path;
    this.manifest = manifest;
    this.inspection = inspection;
    this.#handle = handle;
    this.#exported = new Map(inspection.symbols.map((symbol) => [symbol.name, symbol]));
  }

  /** The manifest's id; without a manifest the path. */
  get id(): string {
    return this.manifest?.id ?? this.path;
  }

  /** What the library exports, in the order of its symbol table. */
  symbols(): ExportedSymbol[] {
    return [...this.inspection.symbols];
  }

  /**
   * A symbol of the library itself; those of libraries that it needs are not found. The same name gives the same object.
   * @throws SymbolNotFoundError with names that are near
   */
  lookup(name: string): LibrarySymbol {
    const known = this.#found.get(name);
    if (known) return known;
    const exported = this.#exported.get(name);
    if (!exported) throw new SymbolNotFoundError(name, this.id, nearest(name, this.#exported.keys()));
    const symbol = { ...exported, address: this.#handle.symbol(name) as bigint };
    this.#found.set(name, symbol);
    return symbol;
  }
}
