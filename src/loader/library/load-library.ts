import { insidePlugin } from '../../boundary/inside-plugin.js';
import { type LibraryHandle, openLibrary } from '../../contract/calls.js';
import { OpenError, reasonOf } from '../../errors/index.js';
import { loaderHint } from './loader-hint.js';

/** This thread's handles, by the path that was opened: one for each mapping. They are never closed. */
const handles = new Map<string, LibraryHandle>();

/**
 * Returns whether this thread has opened a path. The dynamic loader would then return what the path was at that time.
 */
export const wasLoaded = (file: string): boolean => handles.has(file);

/**
 * Loads a library with the dynamic loader, which runs its constructors, unless the process has it open already.
 * @param name for messages
 * @throws OpenError with the loader's reason
 */
export function loadLibrary(name: string, file: string): LibraryHandle {
  const known = handles.get(file);
  if (known) return known;
  try {
    const handle = insidePlugin(name, 'load (a constructor of the library)', () => openLibrary(file));
    handles.set(file, handle);
    return handle;
  } catch (cause) {
    const reason = loaderReason(file, reasonOf(cause));
    throw new OpenError(name, reason, { cause, ...loaderHint(reason) });
  }
}

/** Returns the loader's own message, which begins with the file that it blames. koffi cuts off `path` there. */
function loaderReason(path: string, message: string): string {
  const reason = message.replace(/^Failed to load shared library: /, '');
  const namesFile = /^\S*(\/|\.so)\S*: /.test(reason);
  return namesFile ? reason : `${path}: ${reason}`;
}
