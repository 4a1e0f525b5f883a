import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec, ROOT, seen, without } from '../e2e/command.js';
import { noCompiler } from '../helpers/compile.js';

const why = noCompiler ?? (without.regex || without.rules);

describe.skipIf(why)(`npm run bench:boundaries${why ? ` (skipped: ${why})` : ''}`, () => {
  test('prints a table for each task, with a row for each form and place, and says what it leaves out', async () => {
    const args = ['--mib', '1', '--runs', '1', '--forms', 'rules,builtin', '--places', 'in-process,isolated'];
    const { status, stdout, stderr } = seen(
      await exec(process.execPath, [join(ROOT, 'bench/boundaries.mjs'), ...args]),
    );
    expect([status, stderr.replace('left out: builtin: builtin:contains is not built\n', '')]).toEqual([0, '']);
    const rows = stdout.split('\n').filter((line) => line.startsWith('| ') && !line.startsWith('| builtin'));
    // This test judges no time, but each row is beside the first one and beside itself in-process.
    const shape = rows.map((row) => row.replace(/ \d+\.\d\d/g, ' R').replace(/ \d+ /g, ' N '));
    const head = ['place', 'GB/s', 'beside the first', 'beside in-process', 'GB per s of processor'];
    const columns = [...head, 'beside the first', 'beside in-process', 'start ms', 'MiB'].join(' | ');
    const row = (form: string, place: string) => `| ${form} | ${place} | R | R | R | R | R | R | N | N |`;
    const both = (form: string) => [row(form, 'in-process'), row(form, 'isolated')];
    expect(shape).toEqual([
      `| the text ERROR | ${columns} |`,
      ...['library in C (contains)', 'rules'].flatMap(both),
      `| the pattern (ERROR|FATAL) +\\[ | ${columns} |`,
      ...['library in Rust (regex)', 'rules'].flatMap(both),
    ]);
  }, 120_000);
});
