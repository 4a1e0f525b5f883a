import { type Dirent, readdirSync } from 'node:fs';
import { nameOf, systemPath } from '../../files/file-name.js';

/** An entry of a directory. */
export interface Entry {
  name: string;
  kind: 'file' | 'directory' | 'link' | 'other';
}

/** Returns the entries of a directory, sorted by name. @throws the system's errors */
export function entriesOf(directory: string): Entry[] {
  const entries = readdirSync(systemPath(directory || '.'), { withFileTypes: true, encoding: 'buffer' });
  return entries
    .map((entry): Entry => ({ name: nameOf(entry.name), kind: kindOf(entry) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the path of an entry. It starts with the directory as the user named it. */
export const entryPath = (directory: string, name: string): string =>
  directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;

function kindOf(entry: Dirent<Buffer>): Entry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
