import { closeSync, openSync } from 'node:fs';
import { InputError, reasonOf } from '../../errors/index.js';
import { systemPath } from '../../files/file-name.js';
import { joined, Overlap, type Range } from './coverage.js';
import { firstDifference, type StateHeader } from './header.js';
import { type Prefix, readPrefix } from './prefix.js';

/** A file of states whose prefix was read. The rest is read from the position of the descriptor on. */
export interface OpenState extends Prefix {
  readonly fd: number;
  name: string;
}

interface StandardInput {
  readonly fd: number;
  readonly name: string;
}

/** Files of states that can be merged. */
export class OpenStates implements Disposable {
  readonly files: readonly OpenState[];
  /** That of all of them. */
  readonly header: StateHeader;
  /** The bytes of inputs that they cover together. */
  readonly coverage: readonly Range[];
  readonly #close: () => void;

  /**
   * Opens files, and reads their prefixes.
   * @param paths at least one; `-` is `standardInput`, which stays open. Its number may change later.
   * @throws InputError when one cannot be read, is damaged, has another header, or covers bytes that another one covers too
   */
  constructor(paths: readonly string[], standardInput: StandardInput) {
    const opened: number[] = [];
    this.#close = () => {
      for (const fd of opened.splice(0)) closeSync(fd);
    };
    try {
      this.files = paths.map((path) => {
        if (path === '-') return standardState(standardInput);
        const fd = open(path);
        opened.push(fd);
        return { ...readPrefix(fd, path), fd, name: path };
      });
      this.header = sameHeader(this.files);
      this.coverage = jointCoverage(this.files);
    } catch (error) {
      this.#close();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#close();
  }
}

function standardState(standardInput: StandardInput): OpenState {
  const { name } = standardInput;
  return {
    ...readPrefix(standardInput.fd, name),
    name,
    get fd() {
      return standardInput.fd;
    },
  };
}

function open(path: string): number {
  try {
    return openSync(systemPath(path), 'r');
  } catch (cause) {
    const isFull = (cause as NodeJS.ErrnoException).code === 'EMFILE';
    const hint = 'merge them in several steps, which give the same bytes, or raise ulimit -n';
    throw new InputError(path, 'open', reasonOf(cause), { cause, ...(isFull && { hint }) });
  }
}

function sameHeader([first, ...others]: readonly OpenState[]): StateHeader {
  if (!first) throw new Error('there is no file of states');
  for (const { name, header } of others) {
    const difference = firstDifference(first.header, header);
    if (!difference) continue;
    throw new InputError(name, 'merge', `it does not fit to ${first.name}: ${difference}`, {
      hint: 'states merge if the same command has made them',
    });
  }
  return first.header;
}

function jointCoverage(files: readonly OpenState[]): Range[] {
  const all = joined(files.flatMap(({ coverage }) => coverage));
  if (!(all instanceof Overlap)) return all;
  const { name, begin, end } = all.range;
  const [one, other] = files.filter(({ coverage }) =>
    coverage.some((range) => range.name === name && range.begin < end && range.end > begin),
  );
  throw new InputError(
    other?.name ?? '',
    'merge',
    `it covers bytes ${begin} to ${end} of ${name}, and so does ${one?.name}: they would be counted twice`,
  );
}
