// Brings the programs of npm that check and try the packages: linters of packages, and other package managers. Their
// versions stand in npm-tools/, with a lock file of their own, so that `npm ci` of the project does not bring them.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const source = fileURLToPath(new URL('npm-tools', import.meta.url));
const folder = fileURLToPath(new URL('../../build/tools/npm', import.meta.url));
const FILES = ['package.json', 'package-lock.json'];

/**
 * Returns the path of a program such as `publint`. The first call installs all programs, which needs a network.
 * @throws Error when npm cannot install them
 */
export function npmTool(name) {
  const isInstalled =
    existsSync(join(folder, 'node_modules/.bin', name)) &&
    FILES.every((file) => readFileSync(join(folder, file)).equals(readFileSync(join(source, file))));
  if (!isInstalled) {
    mkdirSync(folder, { recursive: true });
    for (const file of FILES) copyFileSync(join(source, file), join(folder, file));
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      stdio: ['ignore', 2, 'inherit'],
    });
  }
  return join(folder, 'node_modules/.bin', name);
}

/** The linters of packages, each with its arguments for a tarball. */
export const LINTERS = {
  publint: (tarball) => ['run', '--strict', tarball],
  // A CommonJS file gets the ES module by `require`, as every Node has it that we run with.
  attw: (tarball) => [tarball, '--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm'],
};
