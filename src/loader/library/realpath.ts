import { isUtf8 } from 'node:buffer';
import { realpathSync } from 'node:fs';
import { RealpathError, reasonOf } from '../../errors/index.js';
import { nameOf, systemPath } from '../../files/file-name.js';

/**
 * Returns the path without symbolic links.
 * @throws RealpathError with the system's reason; or when the path is not UTF-8, because libraries are opened by text
 */
export function realpath(name: string): string {
  let path: Buffer;
  try {
    // Node refuses a NUL, where the system would cut the path.
    // Yarn's Plug'n'Play replaces the function by one that returns a string.
    path = Buffer.from(realpathSync.native(systemPath(name), 'buffer'));
  } catch (cause) {
    throw failureOf(name, cause);
  }
  if (isUtf8(path)) return path.toString();
  throw new RealpathError(name, `its real path has bytes that are not UTF-8: ${nameOf(path)}`, {
    hint: 'rename what is not UTF-8 on its way, or copy it elsewhere',
  });
}

const HINTS: Record<string, string> = {
  EACCES: 'one of the folders on its way may not be entered: namei -l shows which',
  ELOOP: 'a symbolic link on its way leads to itself: namei shows which',
  ENOTDIR: 'what stands for a folder on its way is none: namei shows which',
};

function failureOf(name: string, cause: unknown): RealpathError {
  if (name.includes('\0')) return new RealpathError(name, 'there is a NUL in it, which no file name has', { cause });
  const { code = '' } = cause as NodeJS.ErrnoException;
  const hint = HINTS[code];
  return new RealpathError(name, reasonOf(cause), { cause, ...(hint !== undefined && { hint }) });
}
