import { statSync } from 'node:fs';
import { systemPath } from '../../files/file-name.js';

/** Returns whether there is a regular file at a path. */
export function isFile(path: string): boolean {
  try {
    return statSync(systemPath(path)).isFile();
  } catch {
    return false;
  }
}
