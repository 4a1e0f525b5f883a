import { type Stats, statSync } from 'node:fs';
import { basename } from 'node:path';
import { InputError, type PlughostError } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { fileStatusOf, isSameFile, linkStatusOf } from '../../pipeline/file-status.js';
import type { Range } from '../../pipeline/states/coverage.js';
import { isLeftover } from '../../pipeline/temporary-file.js';
import { isStandardInput } from '../terminal/standard-streams.js';
import { type Entry, entriesOf, entryPath } from './directory.js';
import { expandGlob } from './glob.js';

/** The files that a command line stands for. */
export interface Inputs {
  names: string[];
  /** The parts of them that a plan lists; undefined: they are read whole. */
  ranges?: Range[];
  /** Directories and globs that could not be read. */
  failures: PlughostError[];
  /** For links that are not followed. */
  warnings: string[];
}

/**
 * Replaces directories and globs by their files.
 *
 * - A name that exists is used as it is. A link stands for its target, a directory for all files below it.
 * - A name that does not exist and contains one of `*?[{(` or a backslash is a glob. It stands for the files that it
 *   matches, sorted by name, each one once.
 * - Below a directory, and among the matches of a glob, regular files and links to regular files count. A walk does not
 *   follow links to directories, so that it ends and finds no file twice. It warns about these links and about links to
 *   nothing. It skips devices, pipes, sockets, the output file, and temporary output files of runs that were killed.
 *
 * @param written the status of the output file, if it exists
 */
export function expandInputs(names: readonly string[], written: Stats | undefined): Inputs {
  const inputs: Inputs = { names: [], failures: [], warnings: [] };
  for (const name of names) {
    if (isStandardInput(name)) inputs.names.push('-');
    else if (!linkStatusOf(name) && /[*?[{(\\]/.test(name)) expandOne(name, inputs, written);
    else if (fileStatusOf(name)?.isDirectory()) walkOne(name, inputs, written);
    else inputs.names.push(name);
  }
  return inputs;
}

/**
 * Refuses a run that writes states to standard output if an input is not there: its name may be meant for the states.
 * @throws InputError
 */
export function refuseMissing({ names }: Inputs): void {
  for (const name of names) {
    if (name === '-' || targetOf(name)) continue;
    throw new InputError(name, 'open', 'no such file or directory', {
      hint: `--emit-state takes no value; if the states belong into this file: --emit-state -o ${name}`,
    });
  }
}

function walkOne(name: string, inputs: Inputs, written: Stats | undefined): void {
  const search = new Search(written);
  search.walk(name);
  search.report(name, inputs);
  if (search.isEmpty) inputs.failures.push(new InputError(name, 'read the directory', 'there is no file in it'));
  inputs.names = inputs.names.concat([...search.files]);
}

function expandOne(pattern: string, inputs: Inputs, written: Stats | undefined): void {
  const search = new Search(written);
  expandGlob(pattern, search);
  search.report(pattern, inputs);
  if (search.isEmpty) {
    const hint =
      'as in a shell, * and ? match no dot at the beginning of a name, ** any directories; a backslash before them takes their meaning away';
    inputs.failures.push(new InputError(pattern, 'find', 'there is no such file, and none matches', { hint }));
  }
  inputs.names = inputs.names.concat([...search.files].sort());
}

/** Collects the files that one name of the command line stands for. */
class Search {
  readonly files = new Set<string>();
  /** By their messages, because several paths may lead to one directory. */
  readonly #failures = new Map<string, PlughostError>();
  /** Links that are not followed. */
  readonly #links = new Set<string>();
  readonly #written: Stats | undefined;

  constructor(written: Stats | undefined) {
    this.#written = written;
  }

  /** Whether neither a file nor an error was found. */
  get isEmpty(): boolean {
    return this.files.size === 0 && this.#failures.size === 0;
  }

  report(name: string, { failures, warnings }: Inputs): void {
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

  /** Adds a match of a glob. */
  found(path: string, byWalk: boolean): void {
    const isLink = linkStatusOf(path)?.isSymbolicLink() ?? false;
    if (!(isLink && byWalk) && fileStatusOf(path)?.isDirectory()) this.walk(path);
    else if (!isLeftover(basename(path))) this.#add(path, 'link');
  }

  walk(directory: string): void {
    let entries: Entry[] = [];
    try {
      entries = entriesOf(directory);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      this.failed(error);
    }
    for (const { name, kind } of entries) {
      const path = entryPath(directory, name);
      if (kind === 'directory') this.walk(path);
      else if (!isLeftover(name)) this.#add(path, kind);
    }
  }

  #add(path: string, kind: Entry['kind']): void {
    if (kind === 'other') return;
    const facts = kind === 'link' || this.#written ? targetOf(path) : 'unknown';
    if (facts === 'unknown') this.files.add(path);
    else if (!facts || facts.isDirectory()) this.#links.add(path);
    else if (facts.isFile() && !(this.#written && isSameFile(facts, this.#written))) this.files.add(path);
  }
}

/** Returns the status of the target, undefined if there is none, or unknown if this user may not look. */
function targetOf(path: string): Stats | 'unknown' | undefined {
  try {
    return statSync(systemPath(path));
  } catch (cause) {
    return ['ENOENT', 'ENOTDIR', 'ELOOP'].includes((cause as NodeJS.ErrnoException).code ?? '') ? undefined : 'unknown';
  }
}
