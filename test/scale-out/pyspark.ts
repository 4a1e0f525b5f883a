// The environment of Python that has PySpark.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { exec, HOST, type Outcome, ROOT } from '../e2e/command.js';

const FOLDER = join(ROOT, 'python/plughost_spark');
const TOOLS = join(ROOT, 'build/tools');
const BIN = join(TOOLS, 'spark/bin');

/** Why tests that need Spark are skipped, for their titles. Empty if they are not. */
export const withoutSpark = !existsSync(join(BIN, '../installed'))
  ? ' (skipped: PySpark is not there; .ci/run tools installs it)'
  : spawnSync('java', ['-version']).error
    ? ' (skipped: Java is not installed)'
    : '';

/** Runs a program of the environment in the folder of the package, which it can import. */
export const inPackage = (program: 'python' | 'mypy', ...args: string[]): Promise<Outcome> =>
  exec(join(BIN, program), args, {
    cwd: FOLDER,
    env: { PYTHONPATH: join(FOLDER, 'src'), PYTHONPYCACHEPREFIX: join(TOOLS, 'python-cache'), PLUGHOST: HOST },
  });

/** Runs files of tests in Python. Returns the tests that succeeded, or everything that was printed. */
export async function pythonTests(...modules: string[]): Promise<string[] | string> {
  const { status, stdout, stderr } = await inPackage('python', '-m', 'unittest', '-v', ...modules);
  const passed = [...stderr.matchAll(/^test_(\w+) \(.*\.\.\. ok$/gm)].map(([, name = '']) => name);
  return status === 0 ? passed : `${stdout}${stderr}`;
}
