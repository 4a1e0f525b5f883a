/** The suffix of shared libraries on this platform: `.so`, `.dylib` or `.dll`. */
export const LIBRARY_SUFFIX: string =
  process.platform === 'win32' ? '.dll' : process.platform === 'darwin' ? '.dylib' : '.so';

/** Returns the file name of a plugin that is a library. */
export const libraryFile = (name: string): string => `lib${name}${LIBRARY_SUFFIX}`;
