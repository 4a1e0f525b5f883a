import { dirname, isAbsolute } from 'node:path';

/** Returns a path that stands in a file, which is relative to that file's folder, as one for this process. */
export function within(file: string, path: string): string {
  const folder = dirname(file);
  if (folder === '.' || path === '' || isAbsolute(path)) return path;
  // Not normalized: a plugin's path must keep a separator, and behind a link to a folder `..` is another one.
  return `${folder === '/' ? '' : folder}/${path.replace(/^(\.\/+)+/, '')}`;
}
