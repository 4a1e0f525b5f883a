import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, LOGS, seen, without } from '../command.js';

/** Runs the parser over text. */
const run = async (input: string | Uint8Array, pattern: string, ...args: string[]) =>
  seen(await host(['run', '--parse', 'regex', '-p', `pattern=${pattern}`, ...args], { input }));

/** Returns what CSV has for a cell. An empty text stands in quotes, and no value does not. */
const cellOf = (text?: string) =>
  text !== undefined && /["\n\r,]|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : (text ?? '');

/** Compares the rows of all lines with those that RegExp finds. Returns how many lines fit. */
async function compare(text: string, pattern: string, flags = ''): Promise<number> {
  const lines = text.replace(/\n$/, '').split('\n');
  const found = lines.map((line) => new RegExp(pattern, flags).exec(line)?.groups);
  const rows = found.filter((groups) => groups !== undefined);
  const names = [...pattern.matchAll(/\(\?<(\w+)>/g)].map(([, name = '']) => name);
  const options = flags.includes('i') ? ['-p', 'ignoreCase=true'] : [];
  const { stdout } = await run(text, pattern, '--columns', names.join(), ...options);
  const wanted = rows.map((groups) => `${names.map((name) => cellOf(groups[name])).join()}\n`);
  expect(stdout).toBe(`${names.join()}\n${wanted.join('')}`);
  return rows.length;
}

const ACCESS =
  '127.0.0.1 "GET /a HTTP/1.1" 200 15 0.25\n' +
  '127.0.0.2 "GET /b HTTP/1.1" 500 - 1.5\n' +
  'no request\n' +
  '127.0.0.1 "POST /a HTTP/1.1" 200 99999999999999999999 x';
const PATTERN = '^(?<host>\\S+) "(?<method>[A-Z]+) (?<path>\\S+)[^"]*" (?<status>\\d+) (?<bytes>\\S+) (?<ms>\\S+)$';

describe.skipIf(without.regex)(`host run --parse regex${without.regex}`, () => {
  it.skipIf(without.logs).each<[string, string, string, number]>([
    [
      'loghub_OpenSSH_2k.log',
      'sshd\\[(?<pid>\\d+)\\]: (?<what>\\w+) .*from (?<host>[\\d.]+)(?: port (?<port>\\d+))?',
      '',
      500,
    ],
    ['loghub_Spark_2k.log', '^(?<time>\\S+ \\S+) (?<level>[A-Z]+) (?<class>[\\w.$]+): (?<text>[^\\r]*)', '', 1900],
    ['elastic_apache_access.log', '"(?<method>get|head) (?<path>[^ ?"]*)(?<query>\\?[^ "]*)?', 'i', 9000],
    ['loki_kafka.txt', '(?<first>\\w+)|(?<second>\\[)', '', 900],
  ])(`reads %s as RegExp does${without.logs}`, async (file, pattern, flags, least) => {
    expect(await compare(readFileSync(join(LOGS, file), 'utf8'), pattern, flags)).toBeGreaterThan(least);
  });

  it.each([
    ['(?<a>a*)(?<b>b?)', 'aab\n\nb\nxaab'],
    ['(?<a>a)|(?<b>b)', 'ba\nab\nc\n'],
    ['(?<word>\\b[a-z]+\\b)(?<end>$)', 'one two\ntwo,\n'],
    ['^(?<all>.*)$', 'a,b\n"quoted"\n\n'],
    ['(?:(?<x>[ab])+)(?<rest>.*?)(?<last>;|$)', 'abab;c\nb\n;\n'],
  ])('reads %s as RegExp does', async (pattern, text) => {
    await compare(text, pattern);
  });

  it('has the named groups as columns, and text as their type', async () => {
    expect(await run(ACCESS, PATTERN, '--aggregate', 'count', '--by', 'status')).toEqual({
      status: 0,
      stdout: 'status,count\n200,2\n500,1\n',
      stderr: 'host: regex: 1 of 4 lines do not fit; the first is (standard input), line 3\n',
    });
    const all = (await run(ACCESS, PATTERN, '--export', 'csv')).stdout;
    expect(all).toBe(
      'host,method,path,status,bytes,ms\n127.0.0.1,GET,/a,200,15,0.25\n127.0.0.2,GET,/b,500,-,1.5\n127.0.0.1,POST,/a,200,99999999999999999999,x\n',
    );
    const kept = await run(ACCESS, PATTERN, '--columns', 'path', '--unparsed', 'keep');
    expect(kept.stdout).toBe('path\n/a\n/b\n""\n/a\n');
  });

  it('gives the types that are asked for, or that the option names', async () => {
    const asked = await run(ACCESS, PATTERN, '--columns', 'status:integer,bytes:integer,bytes:real,ms:real');
    expect(asked.stdout.split('\n').slice(1)).toEqual(['200,15,15,0.25', '500,,,1.5', '200,,1e+20,', '']);
    const types = ['-p', 'types=bytes:integer,ms:real'];
    const steps = await run(ACCESS, PATTERN, ...types, '--aggregate', 'count', '--by', 'bytes:10,ms:1');
    expect(steps.stdout).toBe('bytes,ms,count\n,,1\n,1,1\n10,0,1\n');
    const time = await run(
      'at 2026-01-31 09:30:05,5\n',
      'at (?<t>.*)',
      '-p',
      'types=t:time',
      '--aggregate',
      'count',
      '--by',
      't:1m',
    );
    expect(time.stdout).toBe('t,count\n2026-01-31T09:30:00Z,1\n');
  });

  it('fits the lines that the filter keeps, with bytes of any kind', async () => {
    const input = Buffer.from('caf\xe9 1\ncafe 2\n\xff\xff\ncaf\xe9', 'latin1');
    for (const options of [[], ['-p', 'unicode=false'], ['-p', 'ignoreCase=true']])
      for (const pattern of ['(?<a>CAF.)', '(?<a>f.) (?<b>\\d)', '(?<a>\\W)', '(?<a>)', '(?<a>x)', 'f']) {
        const filter = ['--filter', 'regex', '-p', `pattern=${pattern}`, ...options, '--count'];
        const kept = Number(seen(await host(['run', ...filter], { input })).stdout);
        const { stdout } = await run(input, pattern, ...options, '--aggregate', 'count');
        expect([pattern, stdout]).toEqual([pattern, `count\n${kept}\n`]);
      }
    const bytes = await host(
      ['run', '--parse', 'regex', '-p', 'pattern=(?<a>f.)', '-p', 'unicode=false', '--columns', 'a'],
      {
        input,
      },
    );
    expect(bytes.stdout).toEqual(Buffer.from('a\nf\xe9\nfe\nf\xe9\n', 'latin1'));
  });

  it.each<[string[], string]>([
    [['--columns', 'stat'], '--columns: regex has no column stat'],
    [['-p', 'types=stat:integer', '--columns', 'status'], 'types: the pattern has no group "stat"; write (?<stat>…)'],
    [['-p', 'types=status:int', '--columns', 'status'], 'types: there is no type "int"'],
    [['-p', 'types=status', '--columns', 'status'], 'types: "status" is no column and type'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await run(ACCESS, PATTERN, ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('refuses more groups than there may be columns, and too long names', async () => {
    const groups = (count: number) => Array.from({ length: count }, (_, i) => `(?<g${i}>x?)`).join('');
    const many = await run('xx\n', groups(1024), '--columns', 'g1,g1023');
    expect(many).toEqual({ status: 0, stdout: 'g1,g1023\nx,""\n', stderr: '' });
    expect(await run('', groups(1025), '--columns', 'g1')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('pattern: it has 1025 named groups, and 1024 is the most'),
    });
    expect(await run('', `(?<${'ü'.repeat(200)}>x)`, '--aggregate', 'count')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('pattern: the name of a group has more than 255 bytes: üüüü'),
    });
  });
});
