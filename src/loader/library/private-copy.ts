import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { InputError, reasonOf, UntrustedFileError } from '../../errors/index.js';
import { absolute } from '../../files/absolute.js';
import { distrustOf } from '../trust/trust.js';

/**
 * A copy of a library that other users cannot change while it is opened: in a new private folder, which they cannot
 * replace either. Disposing removes the copy; its mapping stays.
 */
export class PrivateCopy implements Disposable {
  readonly file: string;
  readonly #folder: string;

  /** @throws InputError when it cannot be copied; UntrustedFileError when others may replace what TMPDIR holds */
  constructor(path: string) {
    this.#folder = privateFolder(path);
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

function privateFolder(path: string): string {
  const place = absolute(process.getBuiltinModule('node:os').tmpdir());
  try {
    const folder = mkdtempSync(join(place, 'plughost-'));
    // Checks the new folder and all folders above it. `allowWritable` does not apply here.
    const reason = distrustOf(folder);
    if (!reason) return folder;
    rmSync(folder, { recursive: true, force: true });
    throw new UntrustedFileError(path, `its private copy would not be private: ${reason.why}`, reason.remedy, {
      hint: `mend it with: ${reason.remedy}; or set TMPDIR to a folder of your own`,
    });
  } catch (cause) {
    if (cause instanceof UntrustedFileError) throw cause;
    throw new InputError(place, 'make a private copy in', reasonOf(cause), {
      cause,
      hint: 'set TMPDIR to a folder that exists and that you may write',
    });
  }
}
