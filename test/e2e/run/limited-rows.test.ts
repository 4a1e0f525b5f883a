import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, seen, without } from '../command.js';

const folder = makeScratch();

const run = async (input: string, ...args: string[]) => seen(await host(['run', '--parse', ...args], { input }));

describe('host run --columns', () => {
  it.each([
    ['a header', 'a,b\n1,2\n3,4\n', ['delimited']],
    ['comments', '#Version: 1.0\n#Fields: a b\n# a note\n1 2\n#\n3 4\n', ['delimited', '-p', 'header=w3c']],
    ['lines that do not fit', 'bad\nworse\n{"a":1}\n{"a":3}\nbad\n', ['json']],
  ])('counts rows for -m, -q and the status, and not %s', async (_, input, parser) => {
    const how = [...parser, '--columns', 'a'];
    expect((await run(input, ...how, '-m', '1')).stdout).toBe('a\n1\n');
    expect(await run(input, ...how, '-m', '2', '--block-size', '8')).toMatchObject({ status: 0, stdout: 'a\n1\n3\n' });
    expect(await run(input, ...how, '-q')).toMatchObject({ status: 0, stdout: '' });
    const none = input.replaceAll(/^.*[1-4].?[1-4]?.*\n/gm, (line) => (/^[#a]/.test(line) ? line : ''));
    expect((await run(none, ...how)).status).toBe(1);
    expect((await run(none, ...how, '-q')).status).toBe(1);
  });

  it('limits the rows of each file, and says how many there are', async () => {
    const [one, two] = [join(folder, 'one.csv'), join(folder, 'two.csv')];
    writeFileSync(one, 'a,b\n1,2\n3,4\n5,6\n');
    writeFileSync(two, '\nb,a\n7,8\nx\n9,10\n');
    const how = ['run', one, two, '--parse', 'delimited', '--columns', 'a', '-m', '2', '--stats', '-j', '2'];
    const { status, stdout, stderr } = seen(await host(how));
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'a\n1\n3\n8\n10\n' });
    expect(stderr).toContain(`host: delimited: 1 of 8 lines do not fit; the first is ${two}, line 4\n`);
    expect(stderr).toMatch(/^4 rows kept, 11 B written$/m);
  });

  it('says nothing of columns without values when it has not read all lines', async () => {
    const input = '{"a":1}\n'.repeat(9);
    const how = ['json', '--columns', 'a,b'];
    for (const size of ['8', '1M']) expect((await run(input, ...how, '-m', '3', '--block-size', size)).stderr).toBe('');
    expect((await run(input, ...how, '-m', '10')).stderr).toBe(
      'host: json: none of 9 rows has a value in the column b\n',
    );
  });

  it.skipIf(without.where)(
    'writes what stands before the first line that does not fit, whatever blocks are',
    async () => {
      const input = '{"a":1}\n{"a":2}\nbad\n{"a":3}\n';
      const stderr =
        'host: parse (standard input): line 3 is not in the format of json\n      without --unparsed fail such lines are left out and counted\n';
      for (const size of ['8', '1M']) {
        const how = ['json', '--unparsed', 'fail', '--where', 'a > 0', '--block-size', size];
        expect(await run(input, ...how)).toEqual({ status: 2, stdout: '{"a":1}\n{"a":2}\n', stderr });
        expect(await run(input, ...how, '--columns', 'a')).toEqual({ status: 2, stdout: 'a\n1\n2\n', stderr });
        expect(await run(input, ...how, '-m', '2')).toEqual({ status: 0, stdout: '{"a":1}\n{"a":2}\n', stderr: '' });
        expect(await run(input, ...how, '-q')).toEqual({ status: 0, stdout: '', stderr: '' });
        expect((await run(input, ...how, '--any', '--where', 'a = 0')).status).toBe(2);
      }
    },
  );
});

it.skipIf(without.where)('host run -m says nothing of lines after the last one, which may be context', async () => {
  const unparsed = join(folder, 'unparsed');
  const input = 'bad\n{"a":1}\nworse\n{"a":2}\nworst\n';
  for (const size of ['8', '1M']) {
    const how = ['json', '--where', 'a > 0', '-m', '1', '--unparsed', unparsed, '--block-size', size];
    const stderr = 'host: json: some lines do not fit; the first is (standard input), line 1\n';
    expect(await run(input, ...how, '-A', '2')).toEqual({ status: 0, stdout: '{"a":1}\nworse\n{"a":2}\n', stderr });
    expect(readFileSync(unparsed, 'utf8')).toBe('bad\n');
    expect((await run(input.slice(4), ...how)).stderr).toBe('');
    expect(readFileSync(unparsed, 'utf8')).toBe('');
  }
});

it.skipIf(without.where)('host run --any names the first line that does not fit by its number', async () => {
  const file = join(folder, 'any.log');
  const input = '{"a":1}\nbad\n';
  writeFileSync(file, input);
  const how = ['--parse', 'json', '--any', '--where', 'a = 1'];
  const said = (name: string) => `host: json: 1 of 2 lines do not fit; the first is ${name}, line 2\n`;
  expect(seen(await host(['run', file, ...how])).stderr).toBe(said(file));
  expect(seen(await host(['run', ...how, '-n'], { input })).stderr).toBe(said('(standard input)'));
});

it('host run --aggregate names the folder in which there can be no temporary file', async () => {
  const file = join(folder, 'groups.jsonl');
  writeFileSync(file, Array.from({ length: 100_000 }, (_, i) => `{"a":${i}}\n`).join(''));
  const how = ['run', file, '--parse', 'json', '--aggregate', 'count', '--by', 'a', '--group-memory', '64K'];
  const none = join(folder, 'none');
  expect(seen(await host(how, { env: { TMPDIR: none } }))).toEqual({
    status: 2,
    stdout: '',
    stderr: `host: make a temporary file in ${none}: no such file or directory\n      the groups need more than --group-memory; set TMPDIR to a folder with room, or give them more memory\n`,
  });
});

it('host run --aggregate has the status 1 without a row, and prints the answer', async () => {
  const input = 'bad\n\n';
  expect(await run(input, 'json', '--aggregate', 'count')).toMatchObject({ status: 1, stdout: 'count\n0\n' });
  expect(await run(`${input}{}\n`, 'json', '--aggregate', 'count')).toMatchObject({ status: 0, stdout: 'count\n1\n' });
});
