import { closeSync, openSync, type Stats } from 'node:fs';
import { OutputError, reasonOf, UsageError } from '../errors.js';
import { factsOf, isSameFile } from './file-facts.js';
import { ReplacingFile } from './replacing-file.js';

/** Where data goes. */
export interface OutputFile {
  fd: number;
  name: string;
  /** The data is complete: it becomes visible under its name. @throws OutputError */
  commit(): void;
  /** The data is not complete: nothing of a new file stays. After `commit` it does nothing. */
  discard(): void;
}

/**
 * Opens a file that takes its place when it is complete (`ReplacingFile`). Devices and pipes are written as they are; so is
 * a file that is appended to.
 * @throws OutputError when it cannot be made; UsageError when it is no name of a file
 */
export function openOutputFile(path: string, append: boolean): OutputFile {
  const facts = factsOf(path);
  if (path === '' || (path.endsWith('/') && !facts)) {
    throw new UsageError(`write ${path || '""'}: it is not the name of a file`);
  }
  return reported(path, () => (append || (facts && !facts.isFile()) ? direct(path) : replacing(path)));
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
    const other = factsOf(input);
    if (other && isSameFile(other, facts)) {
      throw new UsageError(`write ${name}: it is also an input`, { hint: 'write to another file' });
    }
  }
}

function direct(path: string): OutputFile {
  const file = new OpenFile(openSync(path, 'a'));
  return { fd: file.fd, name: path, commit: () => reported(path, () => file.close()), discard: () => file.abandon() };
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

  abandon(): void {
    try {
      if (this.#open) this.close();
    } catch {
      // What was written is not wanted any more, so how it went does not matter.
    }
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
