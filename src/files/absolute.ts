import { resolve } from 'node:path';
import { InputError, reasonOf } from '../errors/index.js';

/** Returns the absolute form of a path. @throws InputError when the path is relative and the working folder is gone */
export function absolute(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    throw new InputError('the working folder', 'find', reasonOf(cause), {
      cause,
      hint: 'it was removed, or may not be entered any more: go to a folder that is there, or give absolute paths',
    });
  }
}
