import { koffi } from '../contract/koffi.js';
import type { Manifest, ManifestText } from '../contract/manifest.js';
import { SymbolNotFoundError } from '../errors.js';
import type { ExportedSymbol, Inspection } from '../inspect/inspection.js';
import { nearest } from './nearest.js';

type Handle = ReturnType<typeof koffi.load>;

/** A symbol of a loaded library. */
export interface LibrarySymbol extends ExportedSymbol {
  readonly address: bigint;
}

/** An open library: loaded, pinned until the process ends, one object for each file. Made by `open`. */
export class Library {
  /** The real path of the file. */
  readonly path: string;
  readonly manifest: Manifest | undefined;
  /** Version of the contract and compiler, as the manifest states them. */
  readonly built: Pick<ManifestText, 'abi' | 'compiler'> | undefined;
  readonly #handle: Handle;
  readonly #inspection: Inspection;

  /** @internal */
  constructor(path: string, handle: Handle, inspection: Inspection, manifest?: Manifest, text?: ManifestText) {
    this.path = path;
    this.#handle = handle;
    this.#inspection = inspection;
    this.manifest = manifest;
    this.built = text && { abi: text.abi, compiler: text.compiler };
  }

  /** The manifest's id; without a manifest the path. */
  get id(): string {
    return this.manifest?.id ?? this.path;
  }

  /** What the library exports, in the order of its symbol table. */
  symbols(): ExportedSymbol[] {
    return [...this.#inspection.symbols.values()];
  }

  /**
   * A symbol of the library itself; those of libraries that it needs are not found.
   * @throws SymbolNotFoundError with names that are near.
   */
  lookup(name: string): LibrarySymbol {
    const symbol = this.#inspection.symbols.get(name);
    if (!symbol) throw new SymbolNotFoundError(name, this.id, nearest(name, this.#inspection.symbols.keys()));
    return { ...symbol, address: koffi.address(this.#handle.symbol(name, 'void')) };
  }
}
