import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  openSync,
  readlinkSync,
  renameSync,
  rmSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { OutputError } from '../errors.js';

/**
 * A file that is written beside its place, under a random name, and takes that place when it is complete: nobody ever
 * sees half of it, and what fails leaves what was there. A file that is replaced hands on its permissions, and its owner
 * where that is allowed. A link stays a link: what it leads to is made, or replaced.
 */
export class ReplacingFile {
  readonly fd: number;
  readonly #place: string;
  readonly #temporary: string;
  #state: 'open' | 'closed' | 'gone' = 'open';

  /** `mode`: of a new file, as far as the umask lets it. @throws the system's errors; OutputError for a stranger's link */
  constructor(path: string, mode = 0o666) {
    // Whatever a plugin makes of the working folder until it is complete. Not normalized, as below.
    this.#place = placeOf(isAbsolute(path) ? path : `${process.cwd()}/${path}`);
    const existing = lstatSync(this.#place, { throwIfNoEntry: false });
    // Until its permissions are known to be right it is for nobody else.
    [this.#temporary, this.fd] = create(dirname(this.#place), existing ? 0o600 : mode);
    try {
      if (existing) likeBefore(this.fd, existing);
    } catch (error) {
      this.discard();
      throw error;
    }
  }

  /** The file takes its place. Some systems report a write that failed only here. */
  commit(): void {
    this.#close();
    renameSync(this.#temporary, this.#place);
    this.#state = 'gone';
  }

  /** Nothing of it stays. After `commit` it does nothing. */
  discard(): void {
    try {
      this.#close();
    } catch {
      // What was written is not wanted any more, so how it went does not matter.
    }
    if (this.#state !== 'gone') rmSync(this.#temporary, { force: true });
    this.#state = 'gone';
  }

  #close(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    closeSync(this.fd);
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

const MOST_LINKS = 40;

/** Returns what a path leads to, whether that is there or not. */
function placeOf(path: string): string {
  let place = path;
  for (let links = 0; links <= MOST_LINKS; links++) {
    const facts = lstatSync(place, { throwIfNoEntry: false });
    if (!facts?.isSymbolicLink()) return place;
    refuseStrangers(path, facts);
    // Not normalized: behind a link to a folder `..` is another one.
    const next = readlinkSync(place);
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

const MOST_TRIES = 16;

function create(folder: string, mode: number): [temporary: string, fd: number] {
  for (let tries = 1; ; tries++) {
    // Of a fixed length: the name of the place may be as long as a name can be.
    const temporary = join(folder, `.plughost-${Math.random().toString(36).slice(2, 12)}.part`);
    try {
      return [temporary, openSync(temporary, 'wx', mode)];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries === MOST_TRIES) throw error;
    }
  }
}

function likeBefore(fd: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(fd, uid, gid);
  } catch {
    // Only root may give files away; else it is the writer's from now on.
  }
  fchmodSync(fd, mode & 0o777);
}
