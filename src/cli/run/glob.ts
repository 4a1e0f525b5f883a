import { lstatSync } from 'node:fs';
import { GLOBSTAR, Minimatch } from 'minimatch';
import { InputError, reasonOf } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { type Entry, entriesOf, entryPath } from './directory.js';

/** What hears what a glob stands for. */
export interface Matches {
  /** A path without wildcards, which may lead to nothing. */
  named(path: string): void;
  /** A path that was found, once or several times; by `**` it is no more than a walk comes upon. */
  found(path: string, byWalk: boolean): void;
  failed(error: InputError): void;
}

type Segment = Minimatch['set'][number][number];

const MAX_ALTERNATIVES = 10_000;

/**
 * Says what a glob stands for, as a shell does: braces are alternatives, `*`, `?` and `[ ]` do not match a dot at the
 * beginning of a name, `**` is directories at any depth, without links and hidden ones. Wildcards behind that do not go
 * through links either. Directories that cannot be read are told, where a shell is silent.
 */
export function expandGlob(pattern: string, matches: Matches): void {
  for (const segments of segmentsOf(pattern)) new Expansion(segments, matches).start();
}

/** @throws InputError for what is no glob */
function segmentsOf(pattern: string): Segment[][] {
  try {
    return new Minimatch(pattern, {
      braceExpandMax: MAX_ALTERNATIVES,
      magicalBraces: true,
      nocomment: true,
      nonegate: true,
    }).set;
  } catch (cause) {
    throw new InputError(pattern, 'read the glob', reasonOf(cause), { cause });
  }
}

class Expansion {
  readonly #segments: Segment[];
  readonly #matches: Matches;
  /** Directories by the segment that was looked for in them: by `**` there are many ways to one. */
  readonly #seen = new Set<string>();
  /** Which segment is the first `**`. */
  readonly #walk: number;

  constructor(segments: Segment[], matches: Matches) {
    this.#segments = segments;
    this.#matches = matches;
    const walk = segments.indexOf(GLOBSTAR);
    this.#walk = walk < 0 ? segments.length : walk;
  }

  start(): void {
    const names = this.#segments.filter((segment) => typeof segment === 'string');
    if (names.length === this.#segments.length) this.#matches.named(names.join('/') || '/');
    else if (this.#segments[0] === '') this.#expand('/', 1);
    else this.#expand('', 0);
  }

  /** Goes on with a segment in a directory, or behind the last one with what was found. */
  #expand(path: string, index: number): void {
    const segment = this.#segments[index];
    if (segment === undefined) this.#matches.found(path, this.#isWalk(index));
    else if (segment === GLOBSTAR) this.#expandAnyDepth(path, index);
    else if (typeof segment === 'string') this.#expandName(entryPath(path, segment), index);
    else {
      for (const entry of this.#entries(path)) {
        if (segment.test(entry.name)) this.#enter(entryPath(path, entry.name), entry, index + 1);
      }
    }
  }

  #expandName(path: string, index: number): void {
    // What is not there fails where it is read, or is looked for at last.
    if (index + 1 < this.#segments.length || this.#exists(path)) this.#expand(path, index + 1);
  }

  #expandAnyDepth(path: string, index: number): void {
    const key = `${index}:${path}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const last = index + 1 === this.#segments.length;
    if (!last) this.#expand(path, index + 1);
    for (const { name, kind } of this.#entries(path)) {
      if (name.startsWith('.')) continue;
      if (kind === 'directory') this.#expandAnyDepth(entryPath(path, name), index);
      else if (last) this.#matches.found(entryPath(path, name), true);
    }
  }

  /** Into an entry, which must be a directory, or a link to one, when something is looked for in it. */
  #enter(path: string, { kind }: Entry, next: number): void {
    const isLast = next === this.#segments.length;
    const isFollowed = kind === 'link' && !this.#isWalk(next) && fileStatusOf(path)?.isDirectory();
    if (isLast || kind === 'directory' || isFollowed) this.#expand(path, next);
  }

  /** Whether what stands before a segment was reached by `**`. */
  #isWalk(next: number): boolean {
    return next > this.#walk;
  }

  #exists(path: string): boolean {
    try {
      return lstatSync(systemPath(path), { throwIfNoEntry: false }) !== undefined;
    } catch (cause) {
      this.#matches.failed(new InputError(path, 'find', reasonOf(cause), { cause }));
      return false;
    }
  }

  #entries(directory: string): Entry[] {
    try {
      return entriesOf(directory);
    } catch (cause) {
      // As a name that leads to nothing, it has nothing that matches.
      if (!['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? ''))
        this.#matches.failed(new InputError(directory || '.', 'read the directory', reasonOf(cause), { cause }));
      return [];
    }
  }
}
