import { closeSync, constants, fstatSync, openSync, rmSync, type Stats } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, OutputError, reasonOf, UsageError } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';
import { fileStatusOf, isSameFile } from './file-status.js';
import { ReplacingFile } from './replacing-file.js';

/** Where data goes. */
export interface OutputFile {
  fd: number;
  name: string;
  /** The data is complete: it becomes visible under its name. @throws OutputError */
  commit(): void;
  /**
   * The data is not complete: nothing of a new file stays, and an old one is as it was. After `commit` it does nothing.
   * Returns whether that took data away; what devices, pipes, and files that grow have taken stays there.
   */
  discard(): boolean;
}

/**
 * Opens a file that takes its place when it is complete (`ReplacingFile`). Devices and pipes are written as they are; so is
 * a file that is appended to.
 * @throws OutputError when it cannot be made; UsageError when it is no name of a file
 */
export function openOutputFile(path: string, append: boolean): OutputFile {
  const facts = fileStatusOf(path);
  if (path === '' || (path.endsWith('/') && !facts)) {
    throw new UsageError(`write ${path || '""'}: it is not the name of a file`);
  }
  return reported(path, () => {
    if (append || (facts && !facts.isFile())) return direct(path, openSync(systemPath(path), 'a'), facts === undefined);
    return replacing(path);
  });
}

/**
 * Refuses to write where something is read from.
 * @param facts of the file that will be written, if it is there
 * @param inputs paths and descriptors
 * @throws UsageError
 */
export function refuseInputs(name: string, facts: Stats | undefined, inputs: readonly (string | number)[]): void {
  if (!facts) return;
  for (const input of inputs) {
    const other = fileStatusOf(input);
    if (other && isSameFile(other, facts)) {
      throw new UsageError(`write ${name}: it is also an input`, { hint: 'write to another file' });
    }
  }
}

/**
 * Opens a named pipe for writing when somebody reads it. A thread that waited in `open` could not be called back, so it is
 * tried again and again.
 * @throws OutputError, CancelledError when the signal comes first
 */
export async function openPipe(path: string, signal: AbortSignal | undefined): Promise<OutputFile> {
  for (;;) {
    try {
      return direct(path, openSync(systemPath(path), constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENXIO')
        return reported(path, () => {
          throw cause;
        });
    }
    await sleep(RETRY, undefined, { signal }).catch((cause) => {
      throw new CancelledError(`write ${path}: nobody reads it`, { cause });
    });
  }
}

/** Milliseconds until a pipe without a reader is tried again. */
const RETRY = 20;

/** `made`: it was not there before. */
function direct(path: string, fd: number, made = false): OutputFile {
  const file = new OpenFile(fd);
  return {
    fd,
    name: path,
    commit: () => reported(path, () => file.close()),
    discard: () => file.abandon(made ? path : undefined),
  };
}

function replacing(path: string): OutputFile {
  const file = new ReplacingFile(path);
  return { fd: file.fd, name: path, commit: () => reported(path, () => file.commit()), discard: () => file.discard() };
}

/** A descriptor that is closed once. */
class OpenFile {
  readonly fd: number;
  #open = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Some systems report a write that failed only here. */
  close(): void {
    this.#open = false;
    closeSync(this.fd);
  }

  /** Takes away what was made for nothing. */
  abandon(made: string | undefined): false {
    if (!this.#open) return false;
    try {
      if (made !== undefined && fstatSync(this.fd).size === 0) rmSync(systemPath(made));
      this.close();
    } catch {
      // What was written is not wanted any more, so how it went does not matter.
    }
    return false;
  }
}

/** Turns the system's errors into errors about the output. */
export function reported<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (cause instanceof OutputError) throw cause;
    throw new OutputError(path, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}
