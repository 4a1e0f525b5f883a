import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hostSystem } from '../architecture.js';
import { MISSING, type Needing, type Search, UNKNOWN } from '../search.js';

const LOADER = '@loader_path';
const RUN_PATH = '@rpath';
const MAX_FOLDERS = 256;

/**
 * Returns a search like dyld's, as far as it does not depend on the program: by `@loader_path`, by the run path, and on
 * macOS by absolute paths. Libraries of macOS have no files, and `@executable_path` depends on the program.
 */
export function searchMachO(path: string, { os, runPath }: Needing): Search {
  const here = os === hostSystem;
  const place = (text: string) => {
    if (text === LOADER || text.startsWith(`${LOADER}/`)) return join(dirname(path), text.slice(LOADER.length));
    return here && text.startsWith('/') ? text : undefined;
  };
  const folders = runPath.slice(0, MAX_FOLDERS).map(place);
  return (name) => {
    if (name.startsWith(`${RUN_PATH}/`)) {
      const candidates = folders.map((folder) => folder && join(folder, name.slice(RUN_PATH.length)));
      const found = candidates.find((candidate) => candidate && existsSync(candidate));
      // The program that loads it may have a run path too.
      return found ? { state: 'found', path: found } : UNKNOWN;
    }
    const file = place(name);
    if (file && existsSync(file)) return { state: 'found', path: file };
    return file && name.startsWith(LOADER) ? MISSING : UNKNOWN;
  };
}
