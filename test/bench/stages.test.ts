import { describe, expect, test } from 'vitest';
import { exec, ROOT, seen } from '../e2e/command.js';
import { noCompiler } from '../helpers/compile.js';

describe.skipIf(noCompiler)(`bench:stages${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('compiles its program and calls the plugins of this build', async () => {
    const args = ['bench/rows/stages.mjs', '--mib', '1', '--runs', '1'];
    const { status, stdout, stderr } = seen(await exec(process.execPath, args, { cwd: ROOT }));
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout.replace(/\d+\.\d+/g, 'N')).toContain(`
| stage | ns a row | GB/s |
|---|--:|--:|
| access, all 11 columns | N | N |
| quantiles | N | |
| quantiles by status | N | |
| distinct | N | |
| distinct by status | N | |
`);
  });
});
