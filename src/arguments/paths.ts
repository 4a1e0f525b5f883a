import { fileURLToPath } from 'node:url';
import { types } from 'node:util';
import { hasOnlyBytes, nameOf } from '../files/file-name.js';
import { messageOf } from '../text/describe.js';
import type { Argument, Check } from './argument.js';

/** A path of a file or folder, as text or as a `file:` URL. */
export type Path = string | URL;

/** A path of a data file. Its name may be given as bytes, because the name need not be UTF-8. */
export type DataPath = Path | Uint8Array;

/** Checks a path that may contain a NUL, because a later step refuses that. */
export const anyPath: Check<string> = (value, argument) => {
  const path = isUrl(value) ? pathOfUrl(value, argument) : value;
  if (typeof path !== 'string') throw argument.wrong('a path (text, or a file: URL)', value);
  // Encoding a lone surrogate would give the name of another file.
  if (!hasOnlyBytes(path)) throw argument.error('the path has half of a surrogate pair in it, which no file name has');
  return path;
};

/** Checks a path. Refuses a NUL, where the system would cut the path and open another file. */
export const path: Check<string> = (value, argument) => {
  const checked = anyPath(value, argument);
  if (checked.includes('\0')) throw argument.error('the path has a NUL in it, which no file name has');
  return checked;
};

/** Checks a path whose name may be given as bytes. */
export const dataPath: Check<string> = (value, argument) =>
  path(types.isUint8Array(value) ? nameOf(value) : value, argument);

export const isDataPath = (value: unknown): value is DataPath =>
  typeof value === 'string' || value instanceof URL || types.isUint8Array(value);

const isUrl = (value: unknown): value is URL =>
  value instanceof URL || (typeof value === 'object' && Object.prototype.toString.call(value) === '[object URL]');

function pathOfUrl(url: URL, argument: Argument): string {
  try {
    // Copies a URL of another realm into one of this realm.
    return pathOf(new URL(url.href));
  } catch (cause) {
    throw argument.error(`a URL of a file is needed: ${messageOf(cause)}`, 'such as: file:///var/log/a.log', cause);
  }
}

/** As fileURLToPath, but also for percent-encoded bytes that are not UTF-8. */
function pathOf(url: URL): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    if (!(cause instanceof URIError)) throw cause;
    const bytes = url.pathname.replace(/%([\da-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
    return nameOf(Buffer.from(bytes, 'latin1'));
  }
}
