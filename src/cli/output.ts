import { closeSync, fsyncSync, openSync, type Stats } from 'node:fs';
import { OutputError, reasonOf, UsageError } from '../errors.js';
import { factsOf, isSameFile } from './file-facts.js';
import { ReplacingFile, withoutSignals } from './replacing-file.js';
import { STANDARD_INPUT, STANDARD_OUTPUT } from './standard-streams.js';
import { print } from './terminal.js';

/** Where a command's data goes. */
export interface Output {
  fd: number;
  name: string;
  /** The data is complete: it becomes visible under its name. @throws OutputError */
  commit(): void;
  /** The data is not complete: nothing of a new file stays. After `commit` it does nothing. */
  discard(): void;
}

/** Whether this names a file, and not standard output. */
const isNamed = (path: string | undefined): path is string => path !== undefined && path !== '-';

/** The regular file that will be written, if there is one already. */
export function existingOutput(path: string | undefined): Stats | undefined {
  const facts = factsOf(isNamed(path) ? path : STANDARD_OUTPUT.fd);
  return facts?.isFile() ? facts : undefined;
}

/**
 * Standard output, or a file that takes its place when it is complete (`ReplacingFile`). Devices and pipes are written as they are; so is a file that is appended to.
 * @throws OutputError when it cannot be made; UsageError when it is one of the inputs, or no name of a file
 */
export function openOutput(path: string | undefined, append: boolean, inputs: readonly string[]): Output {
  refuseInputs(isNamed(path) ? path : STANDARD_OUTPUT.name, existingOutput(path), inputs);
  if (!isNamed(path)) return { ...STANDARD_OUTPUT, commit() {}, discard() {} };
  const facts = factsOf(path);
  if (path === '' || (path.endsWith('/') && !facts)) {
    throw new UsageError(`write ${path || '""'}: it is not the name of a file`);
  }
  return reported(path, () => (append || (facts && !facts.isFile()) ? direct(path) : replacing(path)));
}

function direct(path: string): Output {
  const file = new OpenFile(openSync(path, 'a'));
  return { fd: file.fd, name: path, commit: () => reported(path, () => file.close()), discard: () => file.abandon() };
}

function replacing(path: string): Output {
  const file = new ReplacingFile(path);
  return { fd: file.fd, name: path, commit: () => reported(path, () => file.commit()), discard: () => file.discard() };
}

/**
 * Writes a text as a whole to where `openOutput` leads. A file is on the disk before it is seen.
 * @throws OutputError, UsageError
 */
export function writeOutput(path: string, text: string, inputs: readonly string[]): void {
  const write = () => {
    const output = openOutput(path, false, inputs);
    try {
      print(text, output);
      if (factsOf(output.fd)?.isFile()) reported(path, () => fsyncSync(output.fd));
      output.commit();
    } finally {
      output.discard();
    }
  };
  const facts = isNamed(path) ? factsOf(path) : factsOf(STANDARD_OUTPUT.fd);
  // Where a reader may be slow, signals must end the wait.
  if (facts && !facts.isFile()) write();
  else withoutSignals(write);
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
function reported<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (cause) {
    if (cause instanceof OutputError) throw cause;
    throw new OutputError(path, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}

function refuseInputs(name: string, facts: Stats | undefined, inputs: readonly string[]): void {
  if (!facts) return;
  for (const input of inputs) {
    const other = factsOf(input === '-' ? STANDARD_INPUT.fd : input);
    if (other && isSameFile(other, facts)) {
      throw new UsageError(`write ${name}: it is also an input`, { hint: 'write to another file' });
    }
  }
}
