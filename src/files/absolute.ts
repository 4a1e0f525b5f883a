import { resolve } from 'node:path';
import { InputError } from '../errors/index.js';
import { systemReason } from '../text/system-reason.js';

/** Returns the absolute form of a path. @throws InputError when the path is relative and the working folder is gone */
export function absolute(path: string): string {
  try {
    return resolve(path);
  } catch (cause) {
    // Not the message: Node 24 and later put words of their own around those of the system.
    const reason = systemReason(-Number((cause as NodeJS.ErrnoException).errno));
    throw new InputError('the working folder', 'find', reason, {
      cause,
      hint: 'it was removed, or may not be entered any more: go to a folder that is there, or give absolute paths',
    });
  }
}
