import { FORMS } from './forms/forms.js';
import { LIBRARY_SUFFIX, libraryFile } from './library/library-suffix.js';

const SUFFIXES = FORMS.flatMap(({ suffixes }) => suffixes);

/** Returns the names of files by which a plugin may stand in a folder: `libslow.so`, `slow.rules.json`, … */
export function pluginFiles(name: string): string[] {
  return [libraryFile(name), ...SUFFIXES.map((suffix) => name + suffix)];
}

/** Returns the name of the plugin that a file of this name may be; undefined when it can be none. */
export function pluginName(file: string): string | undefined {
  if (file.startsWith('lib') && file.endsWith(LIBRARY_SUFFIX)) return file.slice('lib'.length, -LIBRARY_SUFFIX.length);
  const suffix = SUFFIXES.find((one) => file.endsWith(one) && file.length > one.length);
  return suffix && file.slice(0, -suffix.length);
}
