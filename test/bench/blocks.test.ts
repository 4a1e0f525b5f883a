import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exec, ROOT } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';

test('npm run bench:blocks measures files of every size, on one worker and on two', async () => {
  const args = [join(ROOT, 'bench/blocks.mjs'), '--mib', '1', '--runs', '1', '--files', '1,512,2048'];
  const { status, stdout, stderr } = await exec(process.execPath, args, { env: { TMPDIR: makeScratch() } });
  expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
  const rows = stdout.toString().split('\n').slice(5, -1);
  expect(rows.map((row) => row.replace(/( \| \d+ \(\d+\)){5} \|$/, ''))).toEqual([
    '| 1024 of 1 KiB | 1',
    '| 1024 of 1 KiB | 2',
    '| 2 of 512 KiB | 1',
    '| 2 of 512 KiB | 2',
    '| 1 of 2048 KiB | 1',
    '| 1 of 2048 KiB | 2',
  ]);
});
