// What a run is measured on, and what: figures of two runs are comparable only if most of this is the same.
import { spawnSync } from 'node:child_process';
import { cpus, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const git = (...args) => spawnSync('git', ['-C', root, ...args], { encoding: 'utf8' }).stdout?.trim() ?? '';

/** Returns the processors, memory, kernel and Node of this machine. */
export const machine = () => ({
  processor: `${cpus().length} × ${cpus()[0]?.model.trim()}`,
  memory: `${(totalmem() / 2 ** 30).toFixed(0)} GiB`,
  kernel: `Linux ${release()}`,
  node: process.versions.node,
});

/** Returns the commit that is measured, with a + if something but the results was changed since. */
export function commit() {
  const changed = git('status', '--porcelain', '--', '.', ':!bench', ':!docs', ':!README.md');
  return `${git('rev-parse', '--short', 'HEAD')}${changed ? '+' : ''}` || 'unknown';
}
