import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { InputError, reasonOf } from '../errors.js';

/**
 * A copy of a library that nobody else can change, for the time in which it is opened: in a new folder of ours alone.
 * What is mapped stays when the file is gone.
 */
export class PrivateCopy implements Disposable {
  readonly file: string;
  readonly #folder: string;

  /** @throws InputError when it cannot be copied */
  constructor(path: string) {
    this.#folder = mkdtempSync(join(tmpdir(), 'plughost-'));
    this.file = join(this.#folder, basename(path));
    try {
      copyFileSync(path, this.file);
    } catch (cause) {
      this[Symbol.dispose]();
      throw new InputError(path, 'copy', reasonOf(cause), { cause });
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
