import {
  chmodSync,
  closeSync,
  fstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { OutputError, reasonOf, UsageError } from '../errors.js';

/** Where a command's data goes. */
export interface Output {
  fd: number;
  name: string;
  /** The data is complete: it becomes visible under its name. @throws OutputError */
  commit(): void;
  /** The data is not complete: nothing of it stays. */
  discard(): void;
}

const STANDARD: Output = { fd: 1, name: 'standard output', commit() {}, discard() {} };

/**
 * Standard output, or a file: written beside its place under another name, and renamed when complete, so that nobody
 * ever sees half of it. Devices and pipes are written as they are; so is a file that is appended to.
 * @throws OutputError when it cannot be made; UsageError when it is one of the inputs
 */
export function openOutput(path: string | undefined, append: boolean, inputs: readonly string[]): Output {
  if (path === undefined || path === '-') return STANDARD;
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts) refuseInputs(path, facts, inputs);
  try {
    return append || (facts && !facts.isFile()) ? direct(path) : replacing(path, facts);
  } catch (cause) {
    throw new OutputError(path, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}

function direct(path: string): Output {
  const fd = openSync(path, 'a');
  return { fd, name: path, commit: () => closed(fd, path), discard: () => closeSync(fd) };
}

function replacing(path: string, existing: Stats | undefined): Output {
  // A link stays a link: what it leads to is replaced.
  const target = existing ? realpathSync(path) : path;
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  const fd = openSync(temporary, 'wx', existing?.mode ?? 0o666);
  if (existing) chmodSync(temporary, existing.mode);
  return {
    fd,
    name: path,
    commit() {
      closed(fd, path);
      renameSync(temporary, target);
    },
    discard() {
      closeSync(fd);
      rmSync(temporary, { force: true });
    },
  };
}

/** Some systems report a write that failed only when the file is closed. */
function closed(fd: number, path: string): void {
  try {
    closeSync(fd);
  } catch (cause) {
    throw new OutputError(path, (cause as NodeJS.ErrnoException).code ?? '', reasonOf(cause), { cause });
  }
}

function refuseInputs(path: string, facts: Stats, inputs: readonly string[]): void {
  if (!facts.isFile()) return;
  for (const input of inputs) {
    const other = input === '-' ? fstatSync(0) : statSync(input, { throwIfNoEntry: false });
    if (other && other.dev === facts.dev && other.ino === facts.ino) {
      throw new UsageError(`run: -o ${path}: it is also an input`, { hint: 'write to another file' });
    }
  }
}
