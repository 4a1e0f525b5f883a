import { realpathSync } from 'node:fs';
import { OpenError, UntrustedFileError } from '../../errors/index.js';
import { fileThatFits, searchPlaces } from '../../inspect/elf/needed-elf.js';
import { inspect } from '../../inspect/inspect.js';
import type { Inspection } from '../../inspect/inspection.js';
import { realPath } from '../../inspect/needed.js';
import { distrustOf } from '../trust/trust.js';

/** A library that another library needs and that does not belong to the system. */
export interface OwnLibrary {
  /** The real path. */
  path: string;
  inspection: Inspection;
}

export interface NeededFile extends OwnLibrary {
  /** The names by which others need it, usually one. */
  names: string[];
}

/** Libraries that every process has open. The loader does not search for them. */
const ALWAYS_OPEN = /^(ld-linux\S*|ld64|libc|linux-vdso\S*)\.so\b/;
/** Folders of the system. Their files are trusted. */
const SYSTEM = /^\/(usr\/)?lib(32|64|x32)?\//;
/** Returns whether a file belongs to the system. */
export const isSystems = (path: string | undefined): boolean => path !== undefined && SYSTEM.test(path);

/** A limit against malicious files; real ones need a handful. */
const MAX_NEEDED = 256;

/** The result of `neededFiles`. */
export interface NeededFiles<T> {
  files: (NeededFile & T)[];
  /**
   * Returns the files in an order in which each comes after all that it needs.
   * @throws OpenError for libraries that need each other, or that are needed by several names
   */
  inOrder(): (NeededFile & T)[];
}

/**
 * Finds the libraries that a library needs, directly and through others, except the system's: files in `/lib` and
 * `/usr/lib`, and files that only `ld.so.cache` leads to. Unless `trusting` is set, each file and each place that the
 * loader searches before it must pass `ensureTrusted`, so that other users cannot replace them.
 * @param file the file that holds the bytes of the library, for instance a copy
 * @param read inspects a needed file; the caller decides whether it reads the file or a copy
 * @throws UntrustedFileError; OpenError when there are too many; what `read` throws
 */
export function neededFiles<T extends { inspection: Inspection }>(
  path: string,
  inspection: Inspection,
  { file, trusting, read }: { file: string; trusting: boolean; read: (path: string) => T },
): NeededFiles<T> {
  const search = new NeededSearch(path, trusting, read, fileThatFits(file));
  if (inspection.format === 'ELF') search.find(inspection);
  return search;
}

/** As `neededFiles`, for a library that is only inspected. @throws NotALibraryError, InputError, OpenError */
export function findOwnLibraries(path: string, inspection: Inspection): OwnLibrary[] {
  const file = realPath(path);
  const read = (needed: string) => ({ inspection: inspect(needed) });
  return neededFiles(file, inspection, { file, trusting: true, read }).files;
}

class NeededSearch<T extends { inspection: Inspection }> implements NeededFiles<T> {
  readonly files: (NeededFile & T)[] = [];
  readonly #path: string;
  readonly #trusting: boolean;
  readonly #read: (path: string) => T;
  /** As in the dynamic loader, the first file that is found for a name is used for that name everywhere. */
  readonly #byName = new Map<string, (NeededFile & T) | undefined>();
  /** The files that each file needs, by its path. */
  readonly #edges = new Map<string, (NeededFile & T)[]>();

  readonly #fits: (candidate: string) => boolean;

  constructor(path: string, trusting: boolean, read: (path: string) => T, fits: (candidate: string) => boolean) {
    this.#fits = fits;
    this.#path = path;
    this.#trusting = trusting;
    this.#read = read;
  }

  /** Searches breadth first, as the dynamic loader does. */
  find(inspection: Inspection): void {
    const queue: { path: string; inspection: Inspection; inherited: readonly string[] }[] = [
      { path: this.#path, inspection, inherited: [] },
    ];
    for (const needing of queue) {
      const { placesOf, handedOn } = searchPlaces(needing.path, needing.inspection, needing.inherited);
      const edges: (NeededFile & T)[] = [];
      this.#edges.set(needing.path, edges);
      for (const name of [...needing.inspection.needed, ...(needing.inspection.filtees ?? [])]) {
        if (ALWAYS_OPEN.test(name)) continue;
        if (!this.#byName.has(name)) this.#byName.set(name, this.#findFile(name, placesOf(name)));
        const file = this.#byName.get(name);
        if (!file) continue;
        edges.push(file);
        if (this.files.includes(file)) continue;
        this.files.push(file);
        if (this.#byName.size > MAX_NEEDED) throw new OpenError(this.#path, 'it needs too many libraries');
        if (file.inspection.soname) this.#byName.set(file.inspection.soname, file);
        queue.push({ path: file.path, inspection: file.inspection, inherited: handedOn });
      }
    }
  }

  /** Returns the file that would be loaded for a name; undefined when there is none or it belongs to the system. */
  #findFile(name: string, places: readonly string[]): (NeededFile & T) | undefined {
    for (const place of places) {
      const fits = this.#fits(place);
      const reason = this.#trusting ? undefined : distrustOf(place);
      if (reason) {
        const where = fits ? 'which others can replace' : 'and others can put one where it is looked for';
        throw new UntrustedFileError(this.#path, `it needs ${name}, ${where}: ${reason.why}`, reason.remedy);
      }
      if (!fits) continue;
      const path = realpathSync.native(place);
      if (isSystems(path)) return undefined;
      const same = this.files.find((file) => file.path === path);
      if (!same) return { names: [name], path, ...this.#read(path) };
      same.names.push(name);
      return same;
    }
    return undefined;
  }

  inOrder(): (NeededFile & T)[] {
    const order: (NeededFile & T)[] = [];
    const begun = new Set<string>();
    const done = new Set<string>();
    const visit = (path: string) => {
      begun.add(path);
      for (const file of this.#edges.get(path) ?? []) {
        if (done.has(file.path)) continue;
        if (begun.has(file.path)) {
          throw new OpenError(this.#path, `${path} and ${file.path} need each other`, {
            hint: 'an isolated plugin has its libraries loaded one by one; their author must make one library of them',
          });
        }
        if (file.names.length > 1) {
          throw new OpenError(this.#path, `${file.path} is needed by several names: ${file.names.join(', ')}`, {
            hint: 'build it with -Wl,-soname,NAME, and what needs it anew; then it has one',
          });
        }
        visit(file.path);
        order.push(file);
      }
      done.add(path);
    };
    visit(this.#path);
    return order;
  }
}
