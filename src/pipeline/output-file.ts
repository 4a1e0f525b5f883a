import { closeSync, constants, fstatSync, openSync, rmSync, type Stats } from 'node:fs';
import { CancelledError, OutputError, reasonOf, UsageError } from '../errors/index.js';
import { systemPath } from '../files/file-name.js';
import { fileStatusOf, isSameFile } from './file-status.js';
import { ReplacingFile } from './replacing-file.js';
import type { RunSignal } from './run-options.js';

/** An open output. */
export interface OutputFile {
  fd: number;
  name: string;
  /** Makes complete data visible under its name. @throws OutputError */
  commit(): void;
  /**
   * Drops incomplete data: a new file vanishes, and an old one stays unchanged. Does nothing after `commit`. Returns whether
   * data was dropped. Data in devices, pipes and appended files cannot be dropped.
   */
  discard(): boolean;
}

/**
 * Opens an output. A regular file appears, or is replaced, when it is complete (`ReplacingFile`). Devices, pipes and files
 * to append to are written directly.
 * @throws OutputError when it cannot be opened; UsageError when the path is not the name of a file
 */
export function openOutputFile(path: string, append: boolean): OutputFile {
  const status = fileStatusOf(path);
  if (path === '' || (path.endsWith('/') && !status)) {
    throw new UsageError(`write ${path || '""'}: it is not the name of a file`);
  }
  return reported(path, () => {
    if (append || (status && !status.isFile()))
      return direct(path, openSync(systemPath(path), 'a'), status === undefined);
    return replacing(path);
  });
}

/**
 * Refuses an output that is also an input.
 * @param status of the file to write, if it exists
 * @param inputs paths and descriptors
 * @throws UsageError
 */
export function refuseInputs(name: string, status: Stats | undefined, inputs: readonly (string | number)[]): void {
  if (!status) return;
  for (const input of inputs) {
    const other = fileStatusOf(input);
    if (other && isSameFile(other, status)) {
      throw new UsageError(`write ${name}: it is also an input`, { hint: 'write to another file' });
    }
  }
}

/**
 * Waits until a process reads a named pipe, and opens it for writing. It polls, because a thread that blocks in `open`
 * could not be cancelled.
 * @throws OutputError, CancelledError when the signal comes first
 */
export async function openPipe(path: string, signal: RunSignal | undefined): Promise<OutputFile> {
  for (;;) {
    try {
      return direct(path, openSync(systemPath(path), constants.O_WRONLY | constants.O_APPEND | constants.O_NONBLOCK));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENXIO')
        return reported(path, () => {
          throw cause;
        });
    }
    await pause(signal);
    if (signal?.aborted) throw new CancelledError(`write ${path}: nobody reads it`, { cause: signal.reason });
  }
}

/** Resolves when it is time for the next attempt to open a pipe, or as soon as the signal comes. */
function pause(signal: RunSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, RETRY);
    signal?.addEventListener('abort', end);
  });
}

/** Milliseconds between two attempts to open a pipe that has no reader. */
const RETRY = 20;

/** `made`: this call has created the file. */
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

/** A descriptor that is written directly. */
class OpenFile {
  readonly fd: number;
  #open = true;

  constructor(fd: number) {
    this.fd = fd;
  }

  /** Some systems report a failed write only here. @throws the system's errors */
  close(): void {
    this.#open = false;
    closeSync(this.fd);
  }

  /** Closes the descriptor, and removes the file `made` if it is still empty. */
  abandon(made: string | undefined): false {
    if (!this.#open) return false;
    try {
      if (made !== undefined && fstatSync(this.fd).size === 0) rmSync(systemPath(made));
      this.close();
    } catch {
      // The data is not wanted, so a failed write does not matter.
    }
    return false;
  }
}

/** Does a step and turns errors of the system into OutputError. */
export function reported<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (cause instanceof OutputError) throw cause;
    throw new OutputError(path, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}
