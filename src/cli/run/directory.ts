import { type Dirent, readdirSync } from 'node:fs';
import { nameOf, systemPath } from '../../files/file-name.js';

/** An entry of a directory. */
export interface Entry {
  name: string;
  kind: 'file' | 'directory' | 'link' | 'other';
}

/** Returns the entries of a directory, sorted by name. @throws the system's errors */
export function entriesOf(directory: string): Entry[] {
  const path = systemPath(directory || '.');
  let entries: Entry[] = readdirSync(path, { withFileTypes: true }).map((entry) => ({
    name: entry.name,
    kind: kindOf(entry),
  }));
  // A name that is not UTF-8 has U+FFFD for its other bytes. Reading all names as bytes takes twice as long.
  if (entries.some(({ name }) => name.includes('\ufffd'))) {
    entries = readdirSync(path, { withFileTypes: true, encoding: 'buffer' }).map((entry) => ({
      name: nameOf(entry.name),
      kind: kindOf(entry),
    }));
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Returns the path of an entry. It starts with the directory as the user named it. */
export const entryPath = (directory: string, name: string): string =>
  directory === '' || directory.endsWith('/') ? directory + name : `${directory}/${name}`;

function kindOf(entry: Dirent<string> | Dirent<Buffer>): Entry['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
