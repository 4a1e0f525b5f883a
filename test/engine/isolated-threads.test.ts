import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import { loadPlugin, run } from '../../src/index.js';
import { fileOf } from './bytes.js';

/** The cores that this process may use, as the engine counts them. */
const cores = Number(execFileSync('nproc', { encoding: 'utf8', env: { PATH: process.env.PATH } }));
const SIZE = 4 << 20;

/** Returns how many blocks a small file has: four for each thread of the run, of whole pages. */
function blocksOf(threads: number): number {
  const share = Math.max(Math.floor(SIZE / (4 * threads)), 64 << 10);
  return Math.ceil(SIZE / (share - (share % 4096)));
}

it.each([...new Set([1, cores])].map((workers) => ({ workers, threads: workers < cores ? 2 * workers : workers })))(
  'a runner has two threads of the host where there are cores for both: $workers workers, $threads threads',
  async ({ workers, threads }) => {
    const plugin = loadPlugin(join(buildFolder, 'plugins/libcontains.so'), {
      config: { text: 'x' },
      isolate: true,
      needs: ['filter'],
    });
    const line = `${'x'.repeat(63)}\n`;
    const result = await run([fileOf(Buffer.from(line.repeat(SIZE / line.length)))], {
      stages: [{ filter: plugin }],
      workers,
    });
    expect(result).toMatchObject({ kept: SIZE / line.length, workers, blocks: blocksOf(threads) });
    plugin.close();
  },
);
