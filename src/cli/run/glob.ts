import { lstatSync } from 'node:fs';
import { GLOBSTAR, Minimatch } from 'minimatch';
import { InputError, reasonOf } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { fileStatusOf } from '../../pipeline/file-status.js';
import { type Entry, entriesOf, entryPath, isMissing } from './directory.js';

/** Receives what a glob stands for. */
export interface Matches {
  /** A path without wildcards, which may not exist. */
  named(path: string): void;
  /** A path that exists. May be called several times for one path. `byWalk`: `**` has found it. */
  found(path: string, byWalk: boolean): void;
  failed(error: InputError): void;
}

type Segment = Minimatch['set'][number][number];

const MAX_ALTERNATIVES = 10_000;

/**
 * Expands a glob as a shell does. Braces are alternatives. `*`, `?` and `[ ]` do not match a dot at the start of a name.
 * `**` matches directories at any depth, but no links and no hidden ones, and wildcards after it do not follow links
 * either. Unlike a shell, reports directories that cannot be read.
 */
export function expandGlob(pattern: string, matches: Matches): void {
  for (const segments of segmentsOf(pattern)) new Expansion(segments, matches).start();
}

/** Parses a glob. @throws InputError */
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
  /** Segment indexes with directories that were visited: `**` reaches one directory in many ways. */
  readonly #seen = new Set<string>();
  /** The index of the first `**`. */
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

  /** Expands the segment at `index` in a directory. After the last segment reports the path. */
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
    // A missing directory is noticed when its entries are read. Only the last name needs a check of its own.
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

  /** Goes on with an entry. If segments follow, it must be a directory or a link to one. */
  #enter(path: string, { kind }: Entry, next: number): void {
    const isLast = next === this.#segments.length;
    const isFollowed = kind === 'link' && !this.#isWalk(next) && fileStatusOf(path)?.isDirectory();
    if (isLast || kind === 'directory' || isFollowed) this.#expand(path, next);
  }

  /** Returns whether a `**` stands before the segment. */
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
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      // A name that does not exist, or is no directory, has no matches.
      if (!isMissing(error)) this.#matches.failed(error);
      return [];
    }
  }
}
