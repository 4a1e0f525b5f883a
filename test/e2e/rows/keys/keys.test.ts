import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../../helpers/compile.js';
import { host, seen, without } from '../../command.js';

const folder = makeScratch();

const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

const odd = file('odd.csv', 'a, b,"c,d",e:1m,`f\n1,2,3,4,5\n6,7,8,9,10\n1,7,8,9,10\n');
const records = [
  { n: 100, r: 0.5, b: true, t: '2026-01-01T10:30:00Z', 'x:y': 1, 'n:integer': 'text' },
  { n: 9, r: 0.1, b: false, t: '2026-01-01T10:40:00Z', 'x:y': 2 },
  { n: 10, r: 1e-1, b: true, t: '2026-01-02T00:00:00Z' },
  { n: '10', r: 0, b: 'true' },
  { n: 10.5, r: 'x' },
].map((record) => JSON.stringify(record));
const json = file('log.jsonl', [...records, '{"n":9,"r":-0.0}'].map((line) => `${line}\n`).join(''));

const delimited = async (...args: string[]) => seen(await host(['run', odd, '--parse', 'delimited', ...args]));
const run = async (...args: string[]) => seen(await host(['run', json, '--parse', 'json', ...args]));
const counted = async (by: string, ...args: string[]) =>
  run('--aggregate', 'count', '--by', by, '--export', 'jsonl', ...args);

const rows = (...values: object[]) => values.map((value) => `${JSON.stringify(value)}\n`).join('');

describe('a name in backquotes', () => {
  it('may have commas, colons, blanks and backquotes in --columns', async () => {
    expect(await delimited('--columns', '` b`:integer, `c,d` ,`e:1m`,`\\`f`,`a`', '--export', 'jsonl')).toEqual({
      status: 0,
      stdout: rows(
        { ' b': 2, 'c,d': '3', 'e:1m': '4', '`f': '5', a: '1' },
        { ' b': 7, 'c,d': '8', 'e:1m': '9', '`f': '10', a: '6' },
        { ' b': 7, 'c,d': '8', 'e:1m': '9', '`f': '10', a: '1' },
      ),
      stderr: '',
    });
  });

  it('may have them in --by and --sort', async () => {
    expect(await delimited('--aggregate', 'count', '--by', '`c,d`,` b`:integer:5', '--sort', '-`c,d`')).toEqual({
      status: 0,
      stdout: '"c,d", b,count\n8,5,2\n3,0,1\n',
      stderr: '',
    });
    expect((await delimited('--aggregate', 'count', '--by', '`e:1m`', '--sort', '-count')).stdout).toBe(
      'e:1m,count\n9,2\n4,1\n',
    );
  });

  it.skipIf(without.json)(`is the same key as without them${without.json}`, async () => {
    const distinct = ['--aggregate', 'distinct', '-p', 'of=n', '--by', '`b`'];
    expect((await run('--aggregate', 'count', '--by', 'b', ...distinct)).stdout).toBe(
      'b,count,distinct\n,2,2\nfalse,1,1\ntrue,3,2\n',
    );
  });

  it.skipIf(without.where)(`is written as in conditions${without.where}`, async () => {
    expect((await delimited('--where', '` b` = 2 and `\\`f` = 5', '--columns', '` b`,`\\`f`')).stdout).toBe(
      ' b,`f\n2,5\n',
    );
  });

  it.each([
    [['--columns', '`a'], '--columns `a: a name that begins with a backquote ends with one'],
    [['--columns', '`a`b'], '--columns `a`b: b is no type\n      types are text, integer'],
    [['--columns', '``'], '--columns ``: a name in backquotes is needed'],
    [['--columns', 'a,`a`'], '--columns: a is there twice'],
    [['--aggregate', 'count', '--by', '`a`:1x1'], '--by `a`:1x1: :1x1 is no type and no step'],
    [['--aggregate', 'count', '--by', '`a`,`a`'], 'two columns of the answer are called a'],
    [['--aggregate', 'count', '--by', '`c,d`', '--sort', '`c,e`'], '--sort `c,e`: the answer has no such column'],
    [['--aggregate', 'count', '--by', '`c,d`', '--sort', 'zz'], 'has no such column\n      it has: `c,d`, count\n'],
  ])('is refused in %j', async (args, message) => {
    const { status, stdout, stderr } = await delimited(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe.skipIf(without.json)(`a key with a type${without.json}`, () => {
  it.each<[string, object[]]>([
    [
      'n',
      [
        { n: '10', count: 2 },
        { n: '10.5', count: 1 },
        { n: '100', count: 1 },
        { n: '9', count: 2 },
      ],
    ],
    [
      'n:integer',
      [
        { n: null, count: 1 },
        { n: 9, count: 2 },
        { n: 10, count: 2 },
        { n: 100, count: 1 },
      ],
    ],
    [
      'n:integer:10',
      [
        { n: null, count: 1 },
        { n: 0, count: 2 },
        { n: 10, count: 2 },
        { n: 100, count: 1 },
      ],
    ],
    [
      'r:real',
      [
        { r: null, count: 1 },
        { r: 0, count: 2 },
        { r: 0.1, count: 2 },
        { r: 0.5, count: 1 },
      ],
    ],
    [
      'r:real:0.25',
      [
        { r: null, count: 1 },
        { r: 0, count: 4 },
        { r: 0.5, count: 1 },
      ],
    ],
    [
      'b:boolean,t:time:1d',
      [
        { b: null, t: null, count: 2 },
        { b: false, t: '2026-01-01T00:00:00Z', count: 1 },
        { b: true, t: null, count: 1 },
        { b: true, t: '2026-01-01T00:00:00Z', count: 1 },
        { b: true, t: '2026-01-02T00:00:00Z', count: 1 },
      ],
    ],
    [
      '`n:integer`:text',
      [
        { 'n:integer': null, count: 5 },
        { 'n:integer': 'text', count: 1 },
      ],
    ],
  ])('%s has the values and the order of it', async (by, wanted) => {
    expect(await counted(by)).toMatchObject({ status: 0, stdout: rows(...wanted) });
  });

  it('stands beside the key without one', async () => {
    expect((await run('--aggregate', 'count', '--by', 'b:boolean,b', '--limit', '2')).stdout).toBe(
      'b:boolean,b,count\n,,2\nfalse,false,1\n',
    );
  });

  it('names what syslog has numbers of', async () => {
    const log = file('syslog', '<11>1 2026-01-01T00:00:00Z h a - - - x\n<14>1 2026-01-01T00:00:00Z h a - - - x\n');
    const { stdout } = seen(
      await host(['run', log, '--parse', 'syslog', '--aggregate', 'count', '--by', 'severity,severity:text']),
    );
    expect(stdout).toBe('severity,severity:text,count\n3,err,1\n6,info,1\n');
  });

  it('is what states are of', async () => {
    const states = join(folder, 'n.state');
    const by = ['--aggregate', 'count', '--by'];
    const emit = async (key: string, path: string, from = json) =>
      seen(await host(['run', from, '--parse', 'json', ...by, key, '--emit-state', '-o', path]));
    expect((await emit('n:integer,r:real:0.25', states)).status).toBe(0);
    const whole = await run(...by, 'n:integer,r:real:0.25', '--sort', '-count,n');
    expect(seen(await host(['finish', states, '--sort', '-count,`n`'])).stdout).toBe(whole.stdout);

    const half = file('half.jsonl', `${records[0]}\n`);
    const other = join(folder, 'half.state');
    await emit('n:integer,r:real:0.25', other, half);
    const both = seen(await host(['merge', states, other, '-o', join(folder, 'both.state')]));
    expect(both).toEqual({ status: 0, stdout: '', stderr: '' });
    await emit('`n`:integer,r:0.25', other, half);
    expect(seen(await host(['merge', states, other, '-o', '-']))).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('sections.0'),
    });
    const page = join(folder, 'page.html');
    expect(seen(await host(['report', states, '-o', page])).status).toBe(0);
  });

  it('is the same in processes of their own', async () => {
    const by = 'n:integer,r:real:0.25,b:boolean,t:time:1h';
    expect(await counted(by, '--isolate')).toEqual(await counted(by));
  });

  it.each([
    ['b:boolean:10', '--by b:boolean:10: b is boolean, which has no steps\n      write: --by b:boolean\n'],
    ['n:integer:0.5', '--by n:integer:0.5: 0.5 is no width for n'],
    ['t:time:5', '--by t:time:5: t is a time, and 5 is no length of time'],
    ['t:1mo', 'units are ms, s, m, h, d, w'],
  ])('%s is refused', async (by, message) => {
    const { status, stderr } = await counted(by);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe.skipIf(without.json)(`a name with a colon that no row has${without.json}`, () => {
  const TYPES = '(text, integer, real, time and boolean)';

  it('is told from types and steps', async () => {
    const told = (name: string, more = '') => `host: json: none of 6 rows has a value in the column ${name}${more}\n`;
    const { status, stderr } = await run('--aggregate', 'count', '--by', 't:hour,n:-5,`q:r`');
    const no = (word: string) =>
      `; ${word} is no type ${TYPES} and no step (1m of times (ms, s, m, h, d, w), and 100, 10k, 0.5 and log2 of numbers)`;
    expect([status, stderr]).toEqual([0, told('t:hour', no('hour')) + told('n:-5', no('-5')) + told('q:r')]);
    expect((await run('--columns', 'n:int,`q:r`,x:y')).stderr).toBe(
      told('n:int', `; int is no type ${TYPES}`) + told('q:r'),
    );
  });
});

describe.skipIf(without.json)(`aggregators that share a table${without.json}`, () => {
  it('have one order and one limit', async () => {
    const two = (...args: string[]) => run('--aggregate', 'count', '--by', 'b', ...args);
    const distinct = ['--aggregate', 'distinct', '-p', 'of=n', '--by', 'b'];
    expect((await two('--sort', '-count', ...distinct, '--sort', '-count', '--limit', '1')).stdout).toBe(
      'b,count,distinct\ntrue,3,2\n',
    );
    for (const [flag, one, other] of [
      ['--sort', '-count', 'count'],
      ['--limit', '1', '2'],
    ] as const) {
      expect(await two(flag, one, ...distinct, flag, other)).toEqual({
        status: 2,
        stdout: '',
        stderr: `host: run: ${flag} ${other}: aggregators with the same --by share a table, and it has ${flag} ${one}\n      write ${flag} for one of them\n`,
      });
    }
  });
});
