import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, seen } from '../command.js';

const folder = makeScratch();
const run = async (...args: string[]) => seen(await host(['run', ...args]));
const keep = (text: string) => ['--filter', 'contains', '-p', `text=${text}`];

const log = join(folder, 'a.log');
writeFileSync(log, 'a1\nb\na2 10.0.0.1\n\na3\nb\na4');
const odd = join(folder, 'b,"\n.log');
writeFileSync(odd, 'b\na5\n');

const ways = [['-j', '1'], ['-j', '7', '--block-size', '4096'], ['--isolate'], ['--sandbox', '-j', '1']].filter(
  // The sandbox refuses what a sanitizer needs.
  ([way]) => way !== '--sandbox' || !process.env.LD_PRELOAD,
);

describe('host run --export, with the names of files and the numbers of lines', () => {
  it.each(ways)('as columns of CSV (%s %s %s)', async (...way) => {
    const name = `"${odd.replaceAll('"', '""')}"`;
    const all = await run(log, odd, '-n', '-H', '--export', 'csv', ...way, ...keep('a'));
    expect(all).toEqual({
      status: 0,
      stdout: `file,line,offset,text\n${log},1,0,a1\n${log},3,5,a2 10.0.0.1\n${log},5,18,a3\n${log},7,23,a4\n${name},2,2,a5\n`,
      stderr: '',
    });
    const { stdout } = await run(log, odd, '-n', '-m', '2', '--export', 'csv', ...way, ...keep('a'));
    expect(stdout).toBe('line,offset,text\n1,0,a1\n3,5,a2 10.0.0.1\n2,2,a5\n');
    const named = await run(log, '-H', '--export', 'csv', '-p', 'header=false', ...way, ...keep('a3'));
    expect(named.stdout).toBe(`${log},18,a3\n`);
  });

  it.each(ways)('as members of JSON, after a transform (%s %s %s)', async (...way) => {
    const { status, stdout } = await run(
      log,
      odd,
      '-nH',
      '--transform',
      'redact',
      '--export',
      'jsonl',
      ...way,
      ...keep('a'),
    );
    expect(status).toBe(0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(rows).toEqual([
      { file: log, line: 1, offset: 0, text: 'a1' },
      { file: log, line: 3, offset: 5, text: 'a2 [redacted]' },
      { file: log, line: 5, offset: 18, text: 'a3' },
      { file: log, line: 7, offset: 23, text: 'a4' },
      { file: odd, line: 2, offset: 2, text: 'a5' },
    ]);
  });

  it('numbers the lines of large and compressed files, and of several blocks', { timeout: 120_000 }, async () => {
    const lines = Array.from({ length: 60_000 }, (_, i) => `${(i * i) % 17 === 0 ? 'a' : 'b'} ${i + 1}\n`);
    const large = join(folder, 'large.log');
    writeFileSync(large, lines.join(''));
    const packed = join(folder, 'large.gz');
    writeFileSync(packed, gzipSync(lines.join('')));
    const wanted = lines.flatMap((line, i) => (line.startsWith('a') ? [`${i + 1},a ${i + 1}`] : []));
    for (const file of [large, packed]) {
      for (const way of [
        ['-j', '1'],
        ['-j', '7', '--block-size', '4096'],
        ['--isolate', '-j', '2'],
      ]) {
        const { stdout } = await run(file, '-n', '--export', 'csv', '-p', 'header=false', ...way, ...keep('a'));
        expect(
          stdout
            .replaceAll(/^(\d+),\d+,/gm, '$1,')
            .trimEnd()
            .split('\n'),
          `${file} ${way}`,
        ).toEqual(wanted);
      }
    }
  });

  it('by options of the exporter', async () => {
    const { stdout } = await run(log, '--export', 'csv', '-p', 'file=true', ...keep('a3'));
    expect(stdout).toBe(`file,offset,text\n${log},18,a3\n`);
  });

  it('are refused by an exporter that cannot write them', async () => {
    const reason = 'says nothing with --export noop: it does not write that';
    expect((await run(log, '-n', '--export', 'noop')).stderr).toBe(`host: run: --line-number ${reason}\n`);
    expect((await run(log, '-H', '--export', 'noop')).stderr).toBe(`host: run: --with-filename ${reason}\n`);
  });
});
