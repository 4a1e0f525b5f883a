import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec, ROOT, without } from '../e2e/command.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';

const folder = makeScratch();
const KEPT = ['README.md', 'docs/performance.md', 'bench/results.json', 'bench/results.svg'];
/** Lines that are kept of 1 and 2 MiB: the same on every machine. */
const LINES = [56, 99] as const;
const bench = (...args: string[]) =>
  exec(process.execPath, [join(ROOT, 'bench/bench.mjs'), ...args], { env: { TMPDIR: folder } });

/** Returns the text with its figures taken out: these tests judge no time. */
const shape = (text: string) =>
  text
    .replace(/\d[\d,.]* \(\d+; \d+\)/g, 'T')
    .replace(/(met|\*\*missed\*\*): \d+\.\d\d/g, 'judged')
    .replace(/\| \d+\.\d \| \d+\.\d \| \d+ \|/g, '| T |');

const why = noCompiler ?? (without.regex ? 'the regex plugin is not built' : undefined);

describe.skipIf(why)(`npm run bench${why ? ` (skipped: ${why})` : ''}`, () => {
  test('measures small logs of two sizes, small files and starts, and keeps nothing of it', async () => {
    const before = KEPT.map((file) => readFileSync(join(ROOT, file), 'utf8'));
    const only = 'literal,many files,start';
    const { status, stdout, stderr } = await bench(
      ...['--mib', '1,2', '--runs', '1', '--only', only, '--files', '100', '--peers', 'GNU grep,read limit'],
    );
    expect({ status, stderr }).toEqual({
      status: 0,
      stderr: [...['1 MiB, literal', '2 MiB, literal', 'many files'], '']
        .map((part) => part && `measures: ${part}`)
        .join('\n'),
    });
    const programs = '`host -j1` | `host -j2` | `isolated -j1` | `isolated -j2` | GNU grep | read limit';
    const text = shape(stdout.toString());
    for (const size of ['1 MiB', '2 MiB']) {
      expect(text).toContain(`\n${size}\n\n| milliseconds | lines | ${programs} |\n`);
    }
    const row = (label: string, lines: number, count: number) => `| ${label} | ${lines} |${' T |'.repeat(count)}`;
    const rows = text.split('\n').filter((line) => / T \|/.test(line));
    expect(rows).toEqual([
      row('`ERROR`, by `contains`', LINES[0], 6),
      row('`ERROR`, by `contains`', LINES[1], 6),
      '| 100 files of 1 to 4 KiB | 20 | T | T | T | T |',
      ...['node -e 0', 'host load', 'host run'].map((name) => `| \`${name}\` | T |`),
    ]);
    expect(text).toContain('| `host load`: time beside `node -e 0` | judged (≤ 1.35) |');
    // A goal of a size that was not measured is not met by silence.
    expect(text).toContain('| literal, by `host`: speed beside ripgrep | not measured (≥ 0.75) |');
    expect(KEPT.map((file) => readFileSync(join(ROOT, file), 'utf8'))).toEqual(before);
  }, 300_000);
});
