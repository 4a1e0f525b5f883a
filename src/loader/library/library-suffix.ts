/** Where the libraries of this platform end: `.so`, `.dylib`, `.dll`. */
export const LIBRARY_SUFFIX: string =
  process.platform === 'win32' ? '.dll' : process.platform === 'darwin' ? '.dylib' : '.so';
