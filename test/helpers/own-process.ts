import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** The built library, as a module is imported by. */
export const plughost = pathToFileURL(join(import.meta.dirname, '../../dist/index.js')).href;

/** Runs a module in a process of its own, in which `plughost` is the built library, and returns how it ended. */
export function ended(code: string, flags: string[] = []) {
  const module = `import { Worker } from 'node:worker_threads';
    import * as plughost from ${JSON.stringify(plughost)};
    const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    ${code}`;
  const args = [...flags, '--input-type=module', '-e', module];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  return { status, signal, stdout, stderr };
}

/** The first lines of a worker's module, which is evaluated as text. */
export const workerHead = `import { parentPort, workerData } from 'node:worker_threads';
  import * as plughost from ${JSON.stringify(plughost)};`;

/** What `ended` returns for a module that did all that it should. */
export const clean = (stdout: string) => ({ status: 0, signal: null, stdout, stderr: '' });
