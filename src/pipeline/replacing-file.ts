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
import { dirname, isAbsolute } from 'node:path';
import { OutputError } from '../errors/index.js';
import { bytesOf, nameOf, systemPath, workingFolder } from '../files/file-name.js';
import { addonIfBuilt, TemporaryFile } from './temporary-file.js';

/**
 * A file that is written beside its final place and moved there when it is complete. No process sees half of it, and a
 * failure leaves the old file unchanged. The new file gets the permissions, owner, access list and attributes of the old
 * one. The complete bytes are copied into the old file instead when the new file cannot get all of these, when the old one
 * has further names (hard links), or when its folder accepts no new file. A symbolic link stays: the file that it leads to
 * is made or replaced.
 */
export class ReplacingFile {
  readonly #place: string;
  readonly #temporary: TemporaryFile;
  /** The old file, if the bytes will be copied into it. */
  readonly #target: number | undefined;
  #gone = false;

  /**
   * @param mode of a new file, before the umask
   * @throws the system's errors; OutputError when the path leads through a link of another user
   */
  constructor(path: string, mode = 0o666) {
    // Absolute, because a plugin may change the working folder before `commit`. Not normalized: see `placeOf`.
    this.#place = placeOf(isAbsolute(path) ? path : `${workingFolder()}/${path}`);
    const existing = lstatSync(systemPath(this.#place), { throwIfNoEntry: false });
    // Only this user may read the file until it has the permissions of the old one.
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

  /** Moves the file to its place. Some systems report a failed write only here. @throws the system's errors */
  commit(): void {
    if (this.#target === undefined) this.#rename();
    else copyInto(this.fd, this.#target);
    this.discard();
  }

  /** Removes the file. Does nothing after `commit`. Returns whether it removed something. */
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
      // The old file may be a mount point, or belong to another user in a folder such as /tmp.
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

/** Makes or replaces a file as a whole, and syncs it to disk before it is visible. @throws the system's errors, OutputError */
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

const TERMINATING = ['SIGHUP', 'SIGINT', 'SIGTERM'] as const;
let steps = 0;

/**
 * Does a synchronous step. A signal that arrives meanwhile ends the process after the step, which can therefore clean up.
 */
export function withoutSignals(step: () => void): void {
  if (steps++ === 0) for (const signal of TERMINATING) process.on(signal, end);
  try {
    step();
  } finally {
    // Node handles signals that have arrived when its loop polls next, which is between these two callbacks.
    setImmediate(() => setImmediate(release));
  }
}

function release(): void {
  if (--steps === 0) for (const signal of TERMINATING) process.removeListener(signal, end);
}

function end(signal: NodeJS.Signals): void {
  for (const each of TERMINATING) process.removeListener(each, end);
  process.kill(process.pid, signal);
}

const MAX_LINKS = 40;

/** Follows all links of a path and returns the last one, whether a file exists there or not. @throws OutputError for too many links */
function placeOf(path: string): string {
  let place = path;
  for (let links = 0; links <= MAX_LINKS; links++) {
    const status = lstatSync(systemPath(place), { throwIfNoEntry: false });
    if (!status?.isSymbolicLink()) return place;
    refuseStrangers(path, status);
    // Not normalized: after a link to a folder, `..` is the parent of the folder that the link leads to.
    const next = nameOf(readlinkSync(systemPath(place), 'buffer'));
    place = isAbsolute(next) ? next : `${dirname(place)}/${next}`;
  }
  throw new OutputError(path, 'ELOOP', 'there are too many links');
}

/** Refuses the link of another user, who could make us overwrite our own file through a folder such as /tmp. */
function refuseStrangers(path: string, { uid }: Stats): void {
  const user = process.geteuid?.();
  if (user === undefined || uid === user || uid === 0) return;
  throw new OutputError(path, 'EPERM', `it is a link of the user ${uid}, who is neither root nor you`, {
    hint: 'name the file that it leads to, if that is the one you mean',
  });
}

/** Makes a temporary file in the folder; or elsewhere if the folder accepts none but an old file exists to copy into. */
function makeTemporary(folder: string, mode: number, existing: boolean): [TemporaryFile, isBeside: boolean] {
  try {
    return [new TemporaryFile(folder, mode), true];
  } catch (error) {
    if (!existing || !isRefusal(error)) throw error;
    return [new TemporaryFile(process.getBuiltinModule('node:os').tmpdir(), mode), false];
  }
}

/** Returns whether the system refuses a file at this place, and might accept it at another. */
function isRefusal(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '');
}

/** Gives a file the owner, permissions, access list and attributes of another. Returns false when the system refuses one. */
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
 * Replaces the bytes of a file by those of another. It first writes the part after the old end, so that a full disk leaves
 * the old bytes unchanged.
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
