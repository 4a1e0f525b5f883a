import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, seen, without } from '../command.js';

const folder = makeScratch();
const words = Array.from({ length: 9000 }, (_, i) => ['a', 'bb', '', 'a, "b"', '17', '-2.5'][(i * 7) % 6] as string);
const first = join(folder, 'first.txt');
const second = join(folder, 'second.txt');
writeFileSync(first, words.map((word) => `${word}\n`).join(''));
writeFileSync(second, 'bb');

const run = async (...args: string[]) => seen(await host(['run', first, second, '--parse', 'line', ...args]));

describe('host run --parse line', () => {
  it('counts lines by their text, whatever the split', async () => {
    const counts = new Map<string, number>();
    for (const word of [...words, 'bb']) counts.set(word, (counts.get(word) ?? 0) + 1);
    const quoted = (word: string) => (/[",]/.test(word) ? `"${word.replaceAll('"', '""')}"` : word);
    const rows = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([word, count]) => `${quoted(word)},${count}\n`);
    const stdout = `line,count\n${rows.join('')}`.replace('\n,', '\n"",');
    for (const how of [[], ['-j', '1'], ['-j', '3', '--block-size', '4096']])
      expect(await run('--aggregate', 'count', '--by', 'line', ...how)).toEqual({ status: 0, stdout, stderr: '' });
  });

  it('says where lines are, and how long', async () => {
    const { stdout } = await run('--columns', 'input,offset,length,line:real', '--export', 'jsonl');
    const rows = stdout
      .split('\n')
      .slice(0, -1)
      .map((row) => JSON.parse(row));
    let offset = 0;
    const wanted = words.map((line) => {
      const row = { input: 1, offset, length: line.length, line: /^-?[\d.]+$/.test(line) ? Number(line) : null };
      offset += line.length + 1;
      return row;
    });
    expect(rows).toEqual([...wanted, { input: 2, offset: 0, length: 2, line: null }]);
  });

  it.skipIf(without.where)('says the number of each line, in every input and on any split', async () => {
    const shown = (line: string) => (/[",]/.test(line) ? `"${line.replaceAll('"', '""')}"` : line || '""');
    const rows = words.map((line, i) => `${i + 1},${shown(line)},${i + 1}\n`).slice(4000);
    const args = ['--where', 'number > 4000 or length = 2 and number = 1', '--columns', 'number,line,number:text'];
    const stdout = `number,line,number\n${rows.join('')}1,bb,1\n`;
    for (const how of [[], ['-j', '3', '--block-size', '4096'], ['--isolate']])
      expect(await run(...args, ...how)).toEqual({ status: 0, stdout, stderr: '' });
    const counted = ['--aggregate', 'count', '--by', 'number:4000', '--aggregate', 'stats', '-p', 'of=number'];
    expect((await run(...counted, '-j', '2', '--block-size', '8192')).stdout).toBe(
      'number,count\n0,4000\n4000,4000\n8000,1001\n\ncount,sum,min,max,mean\n9001,40504501,1,9000,4500.000111098767\n',
    );
  });

  it.skipIf(without.where)('keeps lines by their length', async () => {
    const long = words.filter((word) => word.length > 3);
    expect((await run('--where', 'length > 3')).stdout).toBe(long.map((word) => `${word}\n`).join(''));
  });
});
