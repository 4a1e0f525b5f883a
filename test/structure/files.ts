import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../e2e/command.js';

/** The paths of all files of the project, from its root on, with those that are not committed yet. */
export const FILES: readonly string[] = execFileSync(
  'git',
  ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'],
  { cwd: ROOT, encoding: 'utf8', maxBuffer: 1 << 26 },
)
  .split('\0')
  // A deletion may not be committed yet.
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));

/** The C and C++ files of native/. */
export const NATIVE_FILES: readonly string[] = FILES.filter((path) => /^native\/.*\.(c|h|cpp|hpp)$/.test(path));

/** The files of src/. */
export const SOURCE_FILES: readonly string[] = FILES.filter((path) => /^src\/.*\.ts$/.test(path));

/** Returns the text of a file. */
export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
