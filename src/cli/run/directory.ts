import { type Dirent, readdirSync } from 'node:fs';
import { nameOf, systemPath } from '../../files/file-name.js';

/** What stands in a directory, under its name. */
export interface Entry {
  name: string;
  kind: 'file' | 'directory' | 'link' | 'other';
}

/** Returns the entries of a directory in the order of their names. @throws the system's errors */
export function entriesOf(directory: string): Entry[] {
  const entries = readdirSync(systemPath(directory || '.'), { withFileTypes: true, encoding: 'buffer' });
  return entries
    .map((entry): Entry => ({ name: nameOf(entry.name), kind: kindOf(entry) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the path of an entry, as a shell writes it: behind the directory as that was named. */
export const entryPath = (directory: string, name: string): string =>
  directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;

function kindOf(entry: Dirent<Buffer>): Entry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
