import { dirname, isAbsolute } from 'node:path';

/** Returns a path that a configuration contains as a path of this process. It is relative to the folder of the file. */
export function within(file: string, path: string): string {
  const folder = dirname(file);
  if (folder === '.' || path === '' || isAbsolute(path)) return path;
  // Not normalized: a plugin's path must keep its slash, and `..` after a link leads to another folder.
  return `${folder === '/' ? '' : folder}/${path.replace(/^(\.\/+)+/, '')}`;
}
