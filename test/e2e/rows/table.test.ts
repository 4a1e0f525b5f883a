import { spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { HOST, host, plainEnvironment, seen } from '../command.js';

const folder = makeScratch();
const log = join(folder, 'access.log');
writeFileSync(
  log,
  Array.from(
    { length: 3000 },
    (_, i) =>
      `10.0.0.1 - - [31/Dec/2024:21:00:${String(i % 60).padStart(2, '0')} +0000] "GET /${'p'.repeat(i % 7)}/${i % 50} HTTP/1.1" ${i % 9 ? 200 : 404} ${i * 1000}\n`,
  ).join(''),
);

const noTerminal = spawnSync('script', ['--version']).error
  ? ' (skipped: script, of util-linux, is not installed)'
  : '';

/** Runs the command at a terminal, and returns what it shows. */
async function atTerminal(...args: string[]): Promise<string> {
  const command = ['node', HOST, ...args].map((one) => `'${one}'`).join(' ');
  const child = spawn('script', ['-qfec', command, '/dev/null'], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  for await (const part of child.stdout.setEncoding('utf8')) text += part;
  return text.replaceAll('\r\n', '\n');
}

const shown = (...args: string[]) => atTerminal('run', log, '--parse', 'access', ...args);
const run = async (...args: string[]) => seen(await host(['run', log, '--parse', 'access', ...args])).stdout;

/** The answer of count by path, as a table. */
function countsByPath(rows: number): string {
  const counts = new Map<string, number>();
  for (let i = 0; i < 3000; i++) {
    const path = `/${'p'.repeat(i % 7)}/${i % 50}`;
    counts.set(path, (counts.get(path) ?? 0) + 1);
  }
  const all = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const width = Math.max(4, ...all.slice(0, Math.min(rows, 40)).map(([path]) => path.length));
  const lines = all.slice(0, rows).map(([path, count]) => `${path.padEnd(width)}  ${String(count).padStart(5)}\n`);
  return `${'path'.padEnd(width)}  count\n${lines.join('')}`;
}

describe.skipIf(noTerminal)(`host run at a terminal${noTerminal}`, () => {
  it('writes answers as tables', async () => {
    const args = ['--aggregate', 'stats', '-p', 'of=bytes', '--by', 'status', '--aggregate', 'count'];
    const table = [
      'status  count            sum    min        max           mean',
      '   200  2,666  3,998,001,000  1,000  2,999,000  1,499,625.281',
      '   404    334    500,499,000      0  2,997,000      1,498,500',
      '',
      'count',
      '3,000',
      '',
    ];
    expect(await shown(...args)).toBe(table.join('\n'));
  });

  it('shows 40 rows of an answer and counts the others, unless --limit says how many', async () => {
    const args = ['--aggregate', 'count', '--by', 'path'];
    expect(await shown(...args)).toBe(`${countsByPath(40)}310 more: --limit 0\n`);
    expect(await shown(...args, '--limit', '45')).toBe(countsByPath(45));
    expect(await shown(...args, '--limit', '3')).toBe(countsByPath(3));
    expect(await shown(...args, '--limit', '0')).toBe(countsByPath(350));
  });

  it('shows all rows of columns, with their place', async () => {
    const lines = (await shown('--columns', 'time,status', '-n', '-m', '50')).split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'line  time                  status',
      '   1  2024-12-31T21:00:00Z     404',
      '   2  2024-12-31T21:00:01Z     200',
    ]);
    expect(lines.length).toBe(52);
  });

  it('is as plughost finish shows states', async () => {
    const state = join(folder, 'paths.state');
    await run('--aggregate', 'count', '--by', 'path', '--emit-state', '-o', state);
    expect(await atTerminal('finish', state)).toBe(`${countsByPath(40)}310 more: --limit 0\n`);
    expect(await atTerminal('finish', state, '--limit', '45')).toBe(countsByPath(45));
    const refused = 'states are bytes, and standard output is a terminal\n      write them to a file: -o FILE\n';
    expect(await atTerminal('merge', state)).toContain(` merge: ${refused}`);
    expect(await shown('--aggregate', 'count', '--emit-state')).toContain(` run: ${refused}`);
  });

  it('writes what --export says, and CSV into a file', async () => {
    expect(await shown('--aggregate', 'count', '--export', 'csv')).toBe('count\n3000\n');
    expect(await shown('--aggregate', 'count', '-o', join(folder, 'answer.csv'))).toBe('');
  });
});

describe('host run --export table', () => {
  it('is CSV unless it is asked for', async () => {
    expect(await run('--aggregate', 'count')).toBe('count\n3000\n');
    expect(await run('--aggregate', 'count', '--export', 'table')).toBe('count\n3,000\n');
  });

  it('shows as many rows as --limit or its own option says', async () => {
    const args = ['--aggregate', 'count', '--by', 'path', '--export', 'table'];
    expect(await run(...args)).toBe(`${countsByPath(40)}310 more: --limit 0\n`);
    expect(await run(...args, '-p', 'limit=2')).toBe(`${countsByPath(2)}348 more: --limit 0\n`);
  });
});
