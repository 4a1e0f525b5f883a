import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  type Stats,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, isAbsolute } from 'node:path';
import { OutputError } from '../errors/index.js';
import { bytesOf, nameOf, systemPath, workingFolder } from '../files/file-name.js';
import { addonIfBuilt, TemporaryFile } from './temporary-file.js';

/**
 * A file that is written beside its place, and takes that place when it is complete: nobody ever sees half of it, and what
 * fails leaves what was there. A file that is replaced hands on its permissions, its owner, its access list and its
 * attributes. Where another file could not have all that, or not the other names of this one (hard links), and where none
 * can be put there, the complete bytes are copied into the old file. A link stays a link: what it leads to is made, or
 * replaced.
 */
export class ReplacingFile {
  readonly #place: string;
  readonly #temporary: TemporaryFile;
  /** The old file, when the bytes are to be copied into it. */
  readonly #target: number | undefined;
  #gone = false;

  /** `mode`: of a new file, as far as the umask lets it. @throws the system's errors; OutputError for a stranger's link */
  constructor(path: string, mode = 0o666) {
    // Whatever a plugin makes of the working folder until it is complete. Not normalized, as below.
    this.#place = placeOf(isAbsolute(path) ? path : `${workingFolder()}/${path}`);
    const existing = lstatSync(systemPath(this.#place), { throwIfNoEntry: false });
    // Until its permissions are known to be right it is for nobody else.
    const [temporary, isBeside] = makeTemporary(dirname(this.#place), existing ? 0o600 : mode, existing !== undefined);
    this.#temporary = temporary;
    if (!existing) return;
    try {
      if (isBeside && existing.nlink === 1 && makeLike(temporary.fd, this.#place, existing)) return;
      this.#target = openSync(systemPath(this.#place), constants.O_WRONLY);
      temporary.unlink();
    } catch (error) {
      temporary.discard();
      throw error;
    }
  }

  get fd(): number {
    return this.#temporary.fd;
  }

  /** The file takes its place. Some systems report a write that failed only here. */
  commit(): void {
    if (this.#target === undefined) this.#rename();
    else copyInto(this.fd, this.#target);
    this.discard();
  }

  /** Nothing of it stays. After `commit` it does nothing. Returns whether it did something. */
  discard(): boolean {
    if (this.#gone) return false;
    this.#gone = true;
    if (this.#target !== undefined) closeSync(this.#target);
    this.#temporary.discard();
    return true;
  }

  #rename(): void {
    const path = this.#temporary.path();
    this.#temporary.close();
    try {
      renameSync(systemPath(path), systemPath(this.#place));
    } catch (error) {
      // Such as a file that is a mount point, or somebody else's in a folder such as /tmp.
      if (!isRefusal(error)) throw error;
      const [from, to] = [openSync(systemPath(path), 'r'), openSync(systemPath(this.#place), constants.O_WRONLY)];
      copyInto(from, to);
      closeSync(from);
      closeSync(to);
      return;
    }
    this.#temporary.forget();
  }
}

/** Makes or replaces a file as a whole. It is on the disk before it is seen. @throws the system's errors, OutputError */
export function replaceFile(path: string, text: string, mode?: number): void {
  withoutSignals(() => {
    const file = new ReplacingFile(path, mode);
    try {
      writeFileSync(file.fd, text);
      fsyncSync(file.fd);
      file.commit();
    } finally {
      file.discard();
    }
  });
}

const ENDING = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
let steps = 0;

/**
 * Does a step that waits for nothing. Signals that come meanwhile end the process behind it, so that the step has time to
 * put things in order.
 */
export function withoutSignals(step: () => void): void {
  if (steps++ === 0) for (const signal of ENDING) process.on(signal, end);
  try {
    step();
  } finally {
    // Signals that have come are handled when the loop polls next, which is between these two.
    setImmediate(() => setImmediate(release));
  }
}

function release(): void {
  if (--steps === 0) for (const signal of ENDING) process.removeListener(signal, end);
}

function end(signal: NodeJS.Signals): void {
  for (const each of ENDING) process.removeListener(each, end);
  process.kill(process.pid, signal);
}

const MAX_LINKS = 40;

/** Returns what a path leads to, whether that is there or not. */
function placeOf(path: string): string {
  let place = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const facts = lstatSync(systemPath(place), { throwIfNoEntry: false });
    if (!facts?.isSymbolicLink()) return place;
    refuseStrangers(path, facts);
    // Not normalized: behind a link to a folder `..` is another one.
    const next = nameOf(readlinkSync(systemPath(place), 'buffer'));
    place = isAbsolute(next) ? next : `${dirname(place)}/${next}`;
  }
  throw new OutputError(path, 'ELOOP', 'there are too many links');
}

/** In a folder such as /tmp anybody may put a link to a file that is only ours to write. */
function refuseStrangers(path: string, { uid }: Stats): void {
  const user = process.geteuid?.();
  if (user === undefined || uid === user || uid === 0) return;
  throw new OutputError(path, 'EPERM', `it is a link of the user ${uid}, who is neither root nor you`, {
    hint: 'name the file that it leads to, if that is the one you mean',
  });
}

/** In the folder, or elsewhere when the folder takes none and there is a file that can be written into. */
function makeTemporary(folder: string, mode: number, existing: boolean): [TemporaryFile, isBeside: boolean] {
  try {
    return [new TemporaryFile(folder, mode), true];
  } catch (error) {
    if (!existing || !isRefusal(error)) throw error;
    return [new TemporaryFile(tmpdir(), mode), false];
  }
}

/** Whether it is the place that the system refuses, for this user or for all. */
function isRefusal(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Gives a file the owner, permissions, access list and attributes of another; false when not all can be given. */
function makeLike(fd: number, path: string, { uid, gid, mode }: Stats): boolean {
  try {
    fchownSync(fd, uid, gid);
    fchmodSync(fd, mode & 0o777);
    addonIfBuilt()?.copyAttributes(bytesOf(path), fd);
    return true;
  } catch {
    return false;
  }
}

/**
 * Makes the bytes of a file those of another. What goes behind the old end goes first, so that a full disk leaves the old
 * bytes as they were.
 */
function copyInto(from: number, to: number): void {
  const [{ size }, { size: before }] = [fstatSync(from), fstatSync(to)];
  try {
    copyRange(from, to, before, size);
  } catch (error) {
    ftruncateSync(to, before);
    throw error;
  }
  copyRange(from, to, 0, Math.min(before, size));
  if (size < before) ftruncateSync(to, size);
  fsyncSync(to);
}

function copyRange(from: number, to: number, begin: number, end: number): void {
  const buffer = Buffer.alloc(Math.max(0, Math.min(1 << 20, end - begin)));
  for (let at = begin; at < end; ) {
    const got = readSync(from, buffer, 0, Math.min(buffer.length, end - at), at);
    if (got === 0) break;
    for (let done = 0; done < got; ) done += writeSync(to, buffer, done, got - done, at + done);
    at += got;
  }
}
