import { chmodSync, closeSync, openSync, readlinkSync, realpathSync, renameSync, rmSync, type Stats } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { OutputError, reasonOf, UsageError } from '../errors.js';
import { factsOf, isSameFile } from './file-facts.js';
import { STANDARD_OUTPUT } from './terminal.js';

/** Where a command's data goes. */
export interface Output {
  fd: number;
  name: string;
  /** The data is complete: it becomes visible under its name. @throws OutputError */
  commit(): void;
  /** The data is not complete: nothing of a new file stays. After `commit` it does nothing. */
  discard(): void;
}

const STANDARD: Output = { ...STANDARD_OUTPUT, commit() {}, discard() {} };

/** Whether this names a file, and not standard output. */
const isNamed = (path: string | undefined): path is string => path !== undefined && path !== '-';

/** The regular file that will be written, if there is one already. */
export function existingOutput(path: string | undefined): Stats | undefined {
  const facts = factsOf(isNamed(path) ? path : STANDARD.fd);
  return facts?.isFile() ? facts : undefined;
}

/**
 * Standard output, or a file: written beside its place under another name, and renamed when complete, so that nobody
 * ever sees half of it. Devices and pipes are written as they are; so is a file that is appended to.
 * @throws OutputError when it cannot be made; UsageError when it is one of the inputs, or no name of a file
 */
export function openOutput(path: string | undefined, append: boolean, inputs: readonly string[]): Output {
  refuseInputs(isNamed(path) ? path : STANDARD.name, existingOutput(path), inputs);
  if (!isNamed(path)) return STANDARD;
  const facts = factsOf(path);
  if (path === '' || (path.endsWith('/') && !facts)) {
    throw new UsageError(`write ${path || '""'}: it is not the name of a file`);
  }
  return reported(path, () => (append || (facts && !facts.isFile()) ? direct(path) : replacing(path, facts)));
}

function direct(path: string): Output {
  const file = new OpenFile(openSync(path, 'a'));
  return { fd: file.fd, name: path, commit: () => reported(path, () => file.close()), discard: () => file.abandon() };
}

function replacing(path: string, existing: Stats | undefined): Output {
  const target = existing ? realpathSync(path) : leadsTo(path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  const file = new OpenFile(openSync(temporary, 'wx', existing?.mode ?? 0o666));
  let renamed = false;
  const discard = () => {
    file.abandon();
    if (!renamed) rmSync(temporary, { force: true });
  };
  try {
    if (existing) chmodSync(temporary, existing.mode);
  } catch (error) {
    discard();
    throw error;
  }
  const commit = () => {
    file.close();
    renameSync(temporary, target);
    renamed = true;
  };
  return { fd: file.fd, name: path, commit: () => reported(path, commit), discard };
}

/** What a link to nothing would lead to. A link stays a link: what it leads to is made, or replaced. */
function leadsTo(path: string): string {
  try {
    return resolve(dirname(path), readlinkSync(path));
  } catch {
    return path;
  }
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
    throw new OutputError(path, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}

function refuseInputs(name: string, facts: Stats | undefined, inputs: readonly string[]): void {
  if (!facts) return;
  for (const input of inputs) {
    const other = factsOf(input === '-' ? 0 : input);
    if (other && isSameFile(other, facts)) {
      throw new UsageError(`write ${name}: it is also an input`, { hint: 'write to another file' });
    }
  }
}
