import type { LibraryRecord, LoadedLibrary } from '../../addon/registry.js';
import { addon } from '../../addon.js';
import { OpenError, RealpathError, reasonOf } from '../../errors/index.js';

/**
 * This thread's turn to open libraries, from `beginOpening` until `commit` or the end of its scope. Other threads that
 * open a library wait meanwhile. A thread that is terminated gives its turn back.
 */
export class Opening implements Disposable {
  /** The last generation of the path, which is retired; null when the path is opened for the first time. */
  readonly previous: (LibraryRecord & { unchanged: boolean }) | null;
  readonly #name: string;
  readonly #path: string;

  constructor(name: string, path: string, previous: Opening['previous']) {
    this.#name = name;
    this.#path = path;
    this.previous = previous;
  }

  /**
   * Records the library and returns its number. Ends this thread's turn, also when it throws.
   * @throws OpenError when something else than the file of `beginOpening` is loaded
   */
  commit(loaded: LoadedLibrary): number {
    try {
      return addon().registry.commit(this.#path, loaded);
    } catch (cause) {
      throw errorOf(this.#name, this.#path, cause);
    }
  }

  [Symbol.dispose](): void {
    addon().registry.abort(this.#path);
  }
}

let abortsAtExit = false;

/**
 * Starts to open a library, after other threads have finished. Returns its number when one of them has opened it.
 * @param name for messages
 * @param path the real path
 * @throws RealpathError when the file is gone; OpenError when this thread opens it already
 */
export function beginOpening(name: string, path: string): number | Opening {
  // process.exit() waits for worker threads before this thread's cleanup hooks run, and they may wait for its turn.
  if (!abortsAtExit) process.on('exit', () => addon().registry.abortAll());
  abortsAtExit = true;
  try {
    const begun = addon().registry.begin(path);
    return typeof begun === 'number' ? begun : new Opening(name, path, begun);
  } catch (cause) {
    throw errorOf(name, path, cause);
  }
}

function errorOf(name: string, path: string, cause: unknown): unknown {
  switch (cause instanceof Error && 'code' in cause && cause.code) {
    case 'GONE':
      return new RealpathError(name, 'the file is gone', { cause });
    case 'CHANGED':
      return new OpenError(name, `${path}: the file was changed while it was being opened`, {
        cause,
        hint: 'open it again when whoever writes it has finished, in a new process: parts of it have run',
      });
    case 'OPENS_ITSELF':
      return new OpenError(name, `${path}: it is opened by its own constructor`, {
        cause,
        hint: 'this is a fault of the plugin; tell its author',
      });
    case 'OTHER':
      return new OpenError(name, `${path}: ${reasonOf(cause)} was open by that name and was taken in its place`, {
        cause,
        hint: 'a library calls itself by the path of this one (its SONAME); isolate it (--isolate), or use a new process: constructors of both may have run',
      });
    case 'PIN':
      return new OpenError(name, reasonOf(cause), { cause });
    default:
      return cause;
  }
}
