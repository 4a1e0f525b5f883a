// The native build: addon, engine, runner and plugins, by CMake. PLUGHOST_BUILD names its folder, by default build/.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runProgram } from './program.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(root, process.env.PLUGHOST_BUILD ?? 'build');

/** Returns whether nothing was configured in the folder of the build yet. */
export const isFreshBuild = () => !existsSync(join(folder, 'CMakeCache.txt'));

/**
 * Configures the build if that is needed. Returns what it leaves out, each with its reason, if it was configured now.
 * @param settings further arguments of CMake
 */
export async function configureNative(settings, onLine) {
  // CMake refuses a cache that was copied from another folder together with the project.
  const cacheFile = join(folder, 'CMakeCache.txt');
  const cache = existsSync(cacheFile) ? readFileSync(cacheFile, 'utf8') : '';
  const home = /^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$/m.exec(cache)?.[1];
  const isCopy = Boolean(home) && relative(home, root) !== '';
  if (isCopy) rmSync(folder, { recursive: true });
  // CMake looks for missing tools only when it configures, and they may have been installed since.
  const skipped = /^PLUGHOST_SKIPPED:INTERNAL=[^0]/m.test(cache);
  if (home && !isCopy && !skipped && settings.length === 0) return [];
  // Not `compile`: after an error it deletes the folder and builds everything a second time.
  const script = join(root, 'node_modules/cmake-js/bin/cmake-js');
  const args = [script, 'configure', '--out', folder, ...settings];
  return skippedIn(await runProgram('configuring the native build', process.execPath, args, onLine));
}

/** Builds everything, or only these targets of CMake. Returns what the build has left out, if it configured anew. */
export async function buildNative(targets, onLine) {
  const chosen = targets.length > 0 ? ['--target', ...targets] : [];
  // make builds one file at a time unless it is told otherwise. The variable is CMake's own way to do that.
  process.env.CMAKE_BUILD_PARALLEL_LEVEL ??= String(availableParallelism());
  const args = ['--build', folder, '--config', 'Release', ...chosen];
  return skippedIn(await runProgram('the native build', 'cmake', args, onLine));
}

const skippedIn = (printed) => [...printed.matchAll(/^-- (plughost skips: .+)$/gm)].map(([, sentence]) => sentence);
