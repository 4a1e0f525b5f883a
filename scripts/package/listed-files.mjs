import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Returns the files that package.json names, as paths in the repository. They go into the main package and that of the sources. */
export function listedFiles() {
  const listed = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  });
  return JSON.parse(listed)[0].files.map(({ path }) => path);
}
