import { readdirSync } from 'node:fs';
import { InputError, reasonOf } from '../errors/index.js';
import { nameOf, systemPath } from '../files/file-name.js';

/** Returns the names of the files in a folder; none when it cannot be read. */
export function filesIfThere(folder: string): string[] {
  try {
    return filesOf(folder);
  } catch {
    return [];
  }
}

/** Returns the names of the files in a folder. @throws InputError when it cannot be read */
export function filesOf(folder: string): string[] {
  try {
    return readdirSync(systemPath(folder), 'buffer').map(nameOf);
  } catch (cause) {
    throw new InputError(folder, 'read the directory', reasonOf(cause), { cause });
  }
}
