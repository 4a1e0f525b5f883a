import { knownAt } from '../../addon/known.js';
import { addon } from '../../addon.js';
import { InputError } from '../../errors/index.js';
import { nameOf, systemPath } from '../../files/file-name.js';
import { systemName, systemReason } from '../../text/system-reason.js';

/** An entry of a directory. */
export interface Entry {
  name: string;
  kind: 'file' | 'directory' | 'link' | 'other';
}

/** An error of the addon for a call that the system refused. */
type Refused = Error & { errno: number };

/**
 * Returns the entries of a directory, ascending by the bytes of their names.
 * @throws InputError when the system refuses; `isMissing` tells more
 */
export function entriesOf(directory: string): Entry[] {
  const { names, kinds } = read(directory || '.');
  // A NUL follows each name.
  const parts = nameOf(names).split('\0');
  return Array.from(kinds, (kind, index) => ({ name: parts[index] ?? '', kind: knownAt('EntryKind', kind) }));
}

function read(directory: string) {
  try {
    return addon().readFolder(systemPath(directory));
  } catch (cause) {
    if (!(cause instanceof Error && 'errno' in cause)) throw cause;
    throw new InputError(directory, 'read the directory', systemReason((cause as Refused).errno), { cause });
  }
}

/** Returns whether an error of `entriesOf` says that there is no directory of this name. */
export const isMissing = (error: InputError): boolean =>
  ['ENOENT', 'ENOTDIR'].includes(systemName((error.cause as Refused).errno));

/** Returns the path of an entry. It starts with the directory as the user named it. */
export const entryPath = (directory: string, name: string): string =>
  directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;
