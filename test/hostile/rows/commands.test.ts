import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, seen, without } from '../../e2e/command.js';
import { makeScratch } from '../../helpers/compile.js';

const folder = makeScratch();
const around = { cwd: folder };
const LONG = 10 << 20;
const noRust = without.json || without.regex;

const file = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);
const run = async (...args: string[]) => seen(await host(['run', ...args], around));

describe.skipIf(noRust)(`lines of 10 MiB${noRust}`, () => {
  const x = 'x'.repeat(LONG);
  it.each<[string[], string, string]>([
    [['json', '--aggregate', 'count', '--by', 'b'], `{"a":"${x}","b":1}\n{"b":2}\n`, 'b,count\n1,1\n2,1\n'],
    [
      ['access', '--aggregate', 'count', '--by', 'status'],
      `1.1.1.1 - - [31/Dec/2024:21:00:00 +0000] "GET /${x} HTTP/1.1" 200 5\n`,
      'status,count\n200,1\n',
    ],
    [['logfmt', '--columns', 'a,c'], `a=1 b="${'\\n'.repeat(LONG / 2)}" c=3\n`, 'a,c\n1,3\n'],
    [['syslog', '--aggregate', 'count', '--by', 'app'], `<34>1 - h a p m - ${x}\n`, 'app,count\na,1\n'],
    [['delimited', '-p', 'columns=a,b', '--columns', 'a'], `1,"${'""'.repeat(LONG / 2)}"\n`, 'a\n1\n'],
    [['regex', '-p', 'pattern=^(?<a>.).*(?<b>.)$', '--columns', 'a,b'], `a${x}b\n`, 'a,b\na,b\n'],
    [
      ['line', '--aggregate', 'stats', '-p', 'of=length'],
      `${x}\n`,
      `count,sum,min,max,mean\n1,${`${LONG},`.repeat(4)}`,
    ],
  ])('are read by %j', async (args, text, stdout) => {
    file('long', text);
    const outcome = await run('long', '--parse', ...args);
    expect([outcome.status, outcome.stderr, outcome.stdout.replace(/\n$/, '')]).toEqual([
      0,
      '',
      stdout.replace(/[,\n]$/, ''),
    ]);
  });
});

describe('input that strains a parser', () => {
  it('has a header of 100,000 columns', async () => {
    const row = (cell: (i: number) => string) => Array.from({ length: 100_000 }, (_, i) => cell(i)).join();
    file('wide', `${row((i) => `c${i}`)}\n${row(String)}\n${row((i) => `${2 * i}`)}\n`);
    expect(await run('wide', '--parse', 'delimited', '--columns', 'c99999:integer,c5')).toEqual({
      status: 0,
      stdout: 'c99999,c5\n99999,5\n199998,10\n',
      stderr: '',
    });
  });

  it.skipIf(without.json)(`is JSON of a million levels, and a million keys${without.json}`, async () => {
    const levels = 1_000_000;
    const keys = Array.from({ length: levels }, (_, i) => `"k${i}":${i}`).join();
    const deep = [
      `${'['.repeat(levels)}${']'.repeat(levels)}`,
      `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`,
      `{"k5":7,"a":${'[{"a":'.repeat(levels)}`,
    ];
    file('json', `${deep.join('\n')}\n{${keys}}\n`);
    expect(await run('json', '--parse', 'json', '--columns', 'k5,k999999,a', '--max-line', '32M')).toEqual({
      status: 0,
      stdout: 'k5,k999999,a\n5,999999,\n',
      stderr:
        'host: json: 3 of 4 lines do not fit; the first is json, line 1\n' +
        'host: json: none of 1 rows has a value in the column a\n',
    });
  });

  it('has keys with NULs, bytes that are no UTF-8, and 10 MiB', async () => {
    const keys = ['', '\0', '\0\0', '\0\xff', 'a', 'a\0', 'a\0\0b', 'a\0b', 'a\xff\xfe', '\xff', 'x'.repeat(LONG)];
    // Each key as often as its place says; the header of the answers is before them.
    const lines = keys.flatMap((key, i) => Array.from({ length: i > 9 ? 1 : i + 1 }, () => `${key}\n`));
    file('keys', Buffer.from(lines.join(''), 'latin1'));
    const counts = keys.map((key, i) => [key, i > 9 ? 1 : i + 1] as const);
    const sorted = counts.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a, 'latin1'), Buffer.from(b, 'latin1')));
    const stdout = `line,count\n${sorted.map(([key, count]) => `${key || '""'},${count}\n`).join('')}`;
    for (const memory of ['512M', '1']) {
      const args = ['run', 'keys', '--parse', 'line', '--aggregate', 'count', '--by', 'line', '--group-memory', memory];
      const outcome = await host(args, around);
      expect([outcome.status, outcome.stderr]).toEqual([0, '']);
      expect(outcome.stdout.equals(Buffer.from(stdout, 'latin1'))).toBe(true);
    }
  });
});

describe('a plan', () => {
  it.each([
    '[',
    'null',
    '{"input":["a"],"begin":0,"end":1}',
    '{"input":"a\\u0000b","begin":0,"end":1}',
    '{"input":"","begin":0,"end":1}',
    '{"input":"a","begin":-1,"end":1}',
    '{"input":"a","begin":0.5,"end":1}',
    '{"input":"a","begin":1,"end":1}',
    '{"input":"a","begin":0,"end":1e400}',
    '{"input":"a","begin":0,"end":9007199254740993}',
    '{"__proto__":{"input":"a"},"begin":0,"end":1}',
  ])('that has %s is refused', async (line) => {
    const given = { ...around, input: `{"input":"a","begin":0,"end":1}\n${line}\n` };
    expect(seen(await host(['run', '--plan', '-'], given))).toEqual({
      status: 2,
      stdout: '',
      stderr: 'host: read the plan -: line 2 is not {"input":…,"begin":…,"end":…}\n',
    });
  });
});

describe('a damaged file of states', () => {
  it('has no answers, not even the first ones', async () => {
    file('log', Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(''));
    const asked = ['--parse', 'line', '--aggregate', 'count', '--by', 'line', '--emit-state', '-o', 'good.state'];
    expect((await run('log', ...asked)).status).toBe(0);
    const { stdout } = await host(['finish', 'good.state'], around);
    expect(stdout.toString().split('\n')).toHaveLength(5002);
    // The count of a group far behind the first ones, which is the only byte of its state.
    const bytes = readFileSync(join(folder, 'good.state'));
    const at = bytes.indexOf('4998') + 6;
    bytes[at] = (bytes[at] as number) ^ 3;
    file('bad.state', bytes);
    expect(seen(await host(['finish', 'bad.state'], around))).toEqual({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(/^host: .*bad\.state.*damaged/),
    });
  });
});
