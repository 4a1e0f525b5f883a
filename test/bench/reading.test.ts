import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec, ROOT } from '../e2e/command.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';

const folder = makeScratch();
const skipped = noCompiler ? ` (skipped: ${noCompiler})` : '';

describe.skipIf(skipped)(`npm run bench:reading${skipped}`, () => {
  test('measures every way on a small log', async () => {
    const script = join(ROOT, 'bench/reading.mjs');
    const { status, stdout, stderr } = await exec(process.execPath, [script, '--mib', '1', '--runs', '1'], {
      env: { TMPDIR: folder },
    });
    // A container may forbid io_uring.
    const forbidden = stderr.toString().includes('left out: uring: io_uring_setup');
    expect({ status, stderr: forbidden ? '' : stderr.toString() }).toEqual({ status: 0, stderr: '' });
    const rows = stdout.toString().split('\n').slice(5, -1);
    expect(rows.map((row) => row.replace(/( \|\s+[\d.]+)+ \|$/, ''))).toEqual([
      '| pread',
      '| pread',
      '| pread',
      '| pread',
      '| sequential',
      ...(forbidden ? [] : ['| uring', '| uring']),
      '| map | all',
      '| windows',
      '| windows',
      '| populate',
    ]);
  });
});
