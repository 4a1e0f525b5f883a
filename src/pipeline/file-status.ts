import { fstatSync, lstatSync, type Stats, statSync } from 'node:fs';
import { systemPath } from '../files/file-name.js';

/** What the system knows of a path or a descriptor; undefined when it cannot be asked, for whatever reason. */
export function fileStatusOf(file: string | number): Stats | undefined {
  try {
    return typeof file === 'number' ? fstatSync(file) : statSync(systemPath(file));
  } catch {
    return undefined;
  }
}

/** What the system knows of a path itself, if that is a link; undefined when it cannot be asked. */
export function linkStatusOf(path: string): Stats | undefined {
  try {
    return lstatSync(systemPath(path));
  } catch {
    return undefined;
  }
}

/** Whether they are facts of one and the same file, whatever its names. */
export const isSameFile = (one: Stats, other: Stats): boolean => one.dev === other.dev && one.ino === other.ino;
