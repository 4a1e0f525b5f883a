import { type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError, type PlughostError, reasonOf } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { fileStatusOf, isSameFile, linkStatusOf } from '../../pipeline/file-status.js';
import { isLeftover } from '../../pipeline/temporary-file.js';
import { type Entry, entriesOf, entryPath } from './directory.js';

/** The files that a command line means. */
export interface Inputs {
  names: string[];
  /** What of it could not be read. */
  failures: PlughostError[];
  /** What else is worth saying. */
  warnings: string[];
}

/**
 * Puts the files of directories and globs in their place.
 *
 * - What is named is taken as it is, whatever it is: a link is what it leads to, a directory all files below it.
 * - What leads to nothing as it stands and has one of `*?[{(` or a backslash in it is a glob, for systems and quotes where
 *   no shell expands it: it stands for what it matches, as if that was named, in the order of the names, each file once.
 * - Below a directory, and among what a glob matches, regular files count, and links to them. Links to directories that a
 *   walk comes upon are not followed, so that there is an end and no file comes twice; they, and links to nothing, are
 *   told. Devices, pipes and sockets are passed over, and so is the file that is written, and what an earlier run that
 *   was killed has left of one.
 */
export async function expandInputs(names: readonly string[], written: Stats | undefined): Promise<Inputs> {
  const inputs: Inputs = { names: [], failures: [], warnings: [] };
  for (const name of names) {
    if (name === '-') inputs.names.push(name);
    else if (!linkStatusOf(name) && /[*?[{(\\]/.test(name)) await expandOne(name, inputs, written);
    else if (fileStatusOf(name)?.isDirectory()) walkOne(name, inputs, written);
    else inputs.names.push(name);
  }
  return inputs;
}

function walkOne(name: string, inputs: Inputs, written: Stats | undefined): void {
  const search = new Search(written);
  search.walk(name);
  search.tell(name, inputs);
  if (search.isEmpty) inputs.failures.push(new InputError(name, 'read the directory', 'there is no file in it'));
  inputs.names.push(...search.files);
}

async function expandOne(pattern: string, inputs: Inputs, written: Stats | undefined): Promise<void> {
  const { expandGlob } = await import('./glob.js');
  const search = new Search(written);
  expandGlob(pattern, search);
  search.tell(pattern, inputs);
  if (search.isEmpty) {
    const hint =
      'as in a shell, * and ? match no dot at the beginning of a name, ** any directories; a backslash before them takes their meaning away';
    inputs.failures.push(new InputError(pattern, 'find', 'there is no such file, and none matches', { hint }));
  }
  inputs.names.push(...[...search.files].sort());
}

/** The files behind one name of the command line. */
class Search {
  readonly files = new Set<string>();
  /** By their words: there may be several ways to one place. */
  readonly #failures = new Map<string, PlughostError>();
  /** Links that are not followed. */
  readonly #links = new Set<string>();
  readonly #written: Stats | undefined;

  constructor(written: Stats | undefined) {
    this.#written = written;
  }

  /** Whether nothing was found, nor anything that could tell why. */
  get isEmpty(): boolean {
    return this.files.size === 0 && this.#failures.size === 0;
  }

  tell(name: string, { failures, warnings }: Inputs): void {
    failures.push(...this.#failures.values());
    const [first] = this.#links;
    if (first === undefined) return;
    const count = this.#links.size;
    const which = count === 1 ? `the link ${first} is` : `${count} links are`;
    const example = count === 1 ? '' : `, such as ${first}`;
    warnings.push(
      `read ${name}: ${which} not followed${example}: to a directory or to nothing; what is named is followed`,
    );
  }

  failed(error: PlughostError): void {
    this.#failures.set(error.message, error);
  }

  named(path: string): void {
    if (fileStatusOf(path)?.isDirectory()) this.walk(path);
    else this.files.add(path);
  }

  /** Takes what a glob matches. */
  found(path: string, byWalk: boolean): void {
    const isLink = linkStatusOf(path)?.isSymbolicLink() ?? false;
    if (!(isLink && byWalk) && fileStatusOf(path)?.isDirectory()) this.walk(path);
    else this.#add(path, 'link');
  }

  walk(directory: string): void {
    let entries: Entry[] = [];
    try {
      entries = entriesOf(directory);
    } catch (cause) {
      this.failed(new InputError(directory, 'read the directory', reasonOf(cause), { cause }));
    }
    for (const { name, kind } of entries) {
      const path = entryPath(directory, name);
      if (kind === 'directory') this.walk(path);
      else this.#add(path, kind);
    }
  }

  #add(path: string, kind: Entry['kind']): void {
    if (kind === 'other' || isLeftover(basename(path))) return;
    const facts = kind === 'link' || this.#written ? targetOf(path) : 'unknown';
    if (facts === 'unknown') this.files.add(path);
    else if (!facts || facts.isDirectory()) this.#links.add(path);
    else if (facts.isFile() && !(this.#written && isSameFile(facts, this.#written))) this.files.add(path);
  }
}

/** Returns what a path leads to, undefined for nothing; what is behind a closed door is for its reader to tell. */
function targetOf(path: string): Stats | 'unknown' | undefined {
  try {
    return statSync(systemPath(path));
  } catch (cause) {
    return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((cause as NodeJS.ErrnoException).code ?? '') ? undefined : 'unknown';
  }
}
