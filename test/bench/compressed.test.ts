import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec, ROOT } from '../e2e/command.js';
import { formatOf } from '../engine/formats.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';

const folder = makeScratch();
const why = noCompiler ? ` (skipped: ${noCompiler})` : formatOf('gzip').skipped || formatOf('zstd').skipped;

describe.skipIf(why)(`npm run bench:compressed${why}`, () => {
  test('measures a small log in every form, or says what is missing', async () => {
    const args = ['--mib', '1', '--runs', '1', '--no-install'];
    const { status, stdout, stderr } = await exec(process.execPath, [join(ROOT, 'bench/compressed.mjs'), ...args], {
      env: { TMPDIR: folder },
    });
    expect({ status, stderr: stderr.toString() }).toEqual({ status: 0, stderr: '' });
    // These tests judge no time. Whoever has no pigz, pzstd or ripgrep 15 has fewer figures.
    const rows = stdout
      .toString()
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(1)
      .map((line) =>
        line
          .replace(/not measured: (\w+) is not installed( \|)+/, 'figures |')
          .replace(
            /\| \d+ \| \d+ \(\d+\) \| \d+ \(\d+\) \|( \d+ \(\d+\) \|| {2}\|){2}( \d+\.\d\d \|| {2}\|){2}/,
            '| figures |',
          ),
      );
    expect(rows).toEqual([
      '| gzip -6, one member | figures |',
      '| pigz, one member | figures |',
      '| gzip, members of 16 MiB | figures |',
      '| gzip, members of 1 MiB | figures |',
      '| gzip, members of 64 KiB | figures |',
      '| zstd -3, one frame | figures |',
      '| pzstd -3, frames of 8 MiB | figures |',
    ]);
  }, 120_000);
});
