// Compiles the small C programs of the benchmark.
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Compiles one file of C into a folder. Returns the path of the program. Throws with what the compiler says. */
export function compileC(source, folder, ...libraries) {
  const program = join(folder, 'programs', basename(source, '.c'));
  mkdirSync(join(folder, 'programs'), { recursive: true });
  const args = ['-O3', '-march=native', '-o', program, source, ...libraries];
  const { status, error, stderr } = spawnSync('cc', args, { encoding: 'utf8' });
  if (error) throw new Error('there is no C compiler (cc): apt-get install gcc');
  if (status !== 0) throw new Error(`${basename(source)} does not compile: ${stderr.trim()}`);
  return program;
}
