import { fstatSync, lstatSync, type Stats, statSync } from 'node:fs';
import { systemPath } from '../files/file-name.js';

/** Returns the status of the file at a path, after links, or of a descriptor. Undefined after any error. */
export function fileStatusOf(file: string | number): Stats | undefined {
  try {
    return typeof file === 'number' ? fstatSync(file) : statSync(systemPath(file));
  } catch {
    return undefined;
  }
}

/** Returns the status of a path itself, even if that is a link. Undefined after any error. */
export function linkStatusOf(path: string): Stats | undefined {
  try {
    return lstatSync(systemPath(path));
  } catch {
    return undefined;
  }
}

/** Returns whether both are of the same file, under whatever names. */
export const isSameFile = (one: Stats, other: Stats): boolean => one.dev === other.dev && one.ino === other.ino;
