import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, seen, without } from '../command.js';

const folder = makeScratch();
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const lineAt = (time: string | number): string => {
  const [, year, month, day, clock] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(new Date(time).toISOString()) ?? [];
  return `192.0.2.1 - - [${day}/${MONTHS[Number(month) - 1]}/${year}:${clock} +0000] "GET / HTTP/1.1" 200 5\n`;
};

const logOf = (name: string, times: readonly (string | number)[]): string => {
  const path = join(folder, name);
  writeFileSync(path, times.map(lineAt).join(''));
  return path;
};

const run = async (log: string, ...args: string[]) => seen(await host(['run', log, '--parse', 'access', ...args]));

// Berlin put its clocks from 02:00 to 03:00 on 30 March 2025, and from 03:00 to 02:00 on 26 October 2025.
const spring = ['2025-03-29T22:59:59Z', '2025-03-29T23:00:00Z', '2025-03-30T00:30:00Z', '2025-03-30T01:00:00Z'];
const autumn = [
  '2025-10-25T21:59:59Z',
  '2025-10-25T22:00:00Z',
  '2025-10-26T00:30:00Z',
  '2025-10-26T01:30:00Z',
  '2025-10-26T22:59:59Z',
  '2025-10-26T23:00:00Z',
];
const log = logOf('berlin.log', [...spring, '2025-03-30T21:59:59Z', '2025-03-30T22:00:00Z', ...autumn]);

describe('host run --tz', () => {
  const berlin = (...args: string[]) => run(log, '--aggregate', 'count', ...args, '--tz', 'Europe/Berlin');

  it('cuts days at midnight of the zone, also on days of 23 and 25 hours', async () => {
    expect(await berlin('--by', 'time:1d')).toEqual({
      status: 0,
      stdout: [
        'time,count',
        '2025-03-29T00:00:00+01:00,1',
        '2025-03-30T00:00:00+01:00,4',
        '2025-03-31T00:00:00+02:00,1',
        '2025-10-25T00:00:00+02:00,1',
        '2025-10-26T00:00:00+02:00,4',
        '2025-10-27T00:00:00+01:00,1',
        '',
      ].join('\n'),
      stderr: '',
    });
  });

  it('cuts weeks at midnight of Monday, and hours that come twice are two', async () => {
    expect((await berlin('--by', 'time:1w')).stdout).toBe(
      'time,count\n2025-03-24T00:00:00+01:00,5\n2025-03-31T00:00:00+02:00,1\n2025-10-20T00:00:00+02:00,5\n2025-10-27T00:00:00+01:00,1\n',
    );
    const { stdout } = await run(
      logOf('autumn.log', autumn),
      '--aggregate',
      'count',
      '--by',
      'time:1h',
      '--tz',
      'Europe/Berlin',
    );
    expect(stdout.split('\n').slice(3, 5)).toEqual(['2025-10-26T02:00:00+02:00,1', '2025-10-26T02:00:00+01:00,1']);
    const six = await run(
      logOf('spring.log', spring),
      '--aggregate',
      'count',
      '--by',
      'time:6h',
      '--tz',
      'Europe/Berlin',
    );
    expect(six.stdout).toBe('time,count\n2025-03-29T18:00:00+01:00,1\n2025-03-30T00:00:00+01:00,3\n');
  });

  it('cuts the last times that there are, too', async () => {
    const lines = ['1677-09-21T00:12:44Z', '2262-04-11T23:47:16Z'].map((time) => `${JSON.stringify({ time })}\n`);
    const ends = join(folder, 'ends.jsonl');
    writeFileSync(ends, lines.join(''));
    const of = async (...args: string[]) =>
      seen(await host(['run', ends, '--parse', 'json', '--aggregate', 'count', '--by', ...args])).stdout;
    if (without.json) return;
    // The first of all days begins before the first time of all.
    expect(await of('time:1d')).toBe('time,count\n1677-09-21T00:12:44Z,1\n2262-04-11T00:00:00Z,1\n');
    expect(await of('time:1w')).toBe('time,count\n1677-09-21T00:12:44Z,1\n2262-04-07T00:00:00Z,1\n');
    expect(await of('time:1d', '--tz', '+13:00')).toBe(
      'time,count\n1677-09-21T13:12:44+13:00,1\n2262-04-12T00:00:00+13:00,1\n',
    );
    expect(await of('time:1w', '--tz', '-12:00')).toBe(
      'time,count\n1677-09-20T12:12:44-12:00,1\n2262-04-07T00:00:00-12:00,1\n',
    );
  });

  it('begins a day with the change of clocks where there is no midnight', async () => {
    // Beirut went from 24:00 to 01:00 after 29 March 2025.
    const beirut = logOf('beirut.log', ['2025-03-29T21:59:59Z', '2025-03-29T22:00:00Z', '2025-03-30T20:59:59Z']);
    expect((await run(beirut, '--aggregate', 'count', '--by', 'time:1d', '--tz', 'Asia/Beirut')).stdout).toBe(
      'time,count\n2025-03-29T00:00:00+02:00,1\n2025-03-30T01:00:00+03:00,2\n',
    );
  });

  it('takes an offset, and is UTC without one', async () => {
    const days = ['--aggregate', 'count', '--by', 'time:1d', '--limit', '2'];
    const utc = 'time,count\n2025-03-29T00:00:00Z,2\n2025-03-30T00:00:00Z,4\n';
    expect((await run(log, ...days)).stdout).toBe(utc);
    expect((await run(log, ...days, '--tz', 'UTC')).stdout).toBe(utc);
    expect((await run(log, ...days, '--tz', '-05:30')).stdout).toBe(
      'time,count\n2025-03-29T00:00:00-05:30,4\n2025-03-30T00:00:00-05:30,2\n',
    );
  });

  it('is the zone of the times that exporters write', async () => {
    const args = ['--columns', 'status,time,path', '--tz', 'Asia/Kolkata'];
    const few = logOf('few.log', spring.slice(0, 2));
    expect((await run(few, ...args)).stdout).toBe(
      'status,time,path\n200,2025-03-30T04:29:59+05:30,/\n200,2025-03-30T04:30:00+05:30,/\n',
    );
    expect((await run(few, ...args, '--export', 'jsonl')).stdout.split('\n')[0]).toBe(
      '{"status":200,"time":"2025-03-30T04:29:59+05:30","path":"/"}',
    );
  });

  it.each(['Europe/Berlyn', '+2', '+25:00', '', '+0200'])('refuses %s', async (zone) => {
    expect(await run(log, '--aggregate', 'count', '--tz', zone)).toEqual({
      status: 2,
      stdout: '',
      stderr: `host: run: --tz ${zone}: there is no such time zone\n      write a name such as Europe/Berlin, or an offset such as +02:00\n`,
    });
  });
});

describe.skipIf(without.where)(`host run --since --until${without.where}`, () => {
  const kept = (...times: string[]) => ({
    status: times.length > 0 ? 0 : 1,
    stdout: times.map(lineAt).join(''),
    stderr: '',
  });

  it('keeps rows from one time on and before the other', async () => {
    expect(await run(log, '--since', '2025-03-30T01:00:00Z', '--until', '2025-10-25T22:00:00Z')).toEqual(
      kept(spring[3] as string, '2025-03-30T21:59:59Z', '2025-03-30T22:00:00Z', autumn[0] as string),
    );
    expect(await run(log, '--since', '2025-10-26T23:00:01Z')).toEqual(kept());
    expect(await run(log, '--until', '2025-03-30')).toEqual(kept(...spring.slice(0, 2)));
  });

  it('reads times without an offset in the zone of --tz', async () => {
    const args = ['--since', '2025-10-26', '--until', '2025-10-26 02:30', '--tz', 'Europe/Berlin'];
    expect(await run(log, ...args)).toEqual(kept(...autumn.slice(1, 2)));
    // 02:30 came twice, and the first is meant; 02:30 of the spring never was.
    expect(await run(log, '--since', '2025-03-30T02:30', '--until', '2025-03-31', '--tz', 'Europe/Berlin')).toEqual(
      kept(spring[3] as string, '2025-03-30T21:59:59Z'),
    );
  });

  it('counts back from now', async () => {
    const now = Date.now();
    const ago = [100, 80, 50, 10].map((minutes) => new Date(now - minutes * 60_000).toISOString());
    const recent = logOf('recent.log', ago);
    expect(await run(recent, '--since', '90m')).toEqual(kept(...ago.slice(1)));
    expect(await run(recent, '--since', '1h30m', '--until', '20m')).toEqual(kept(...ago.slice(1, 3)));
    expect((await run(recent, '--since', '1h', '--until', 'now', '--aggregate', 'count')).stdout).toBe('count\n2\n');
  });

  it('knows today and yesterday', async () => {
    const midnight = Date.parse(`${new Date().toISOString().slice(0, 10)}T00:00:00Z`);
    const times = [-86_401, -86_400, -36_000, -1, 0].map((second) => new Date(midnight + second * 1000).toISOString());
    const days = logOf('days.log', times);
    expect(await run(days, '--since', 'yesterday', '--until', 'today')).toEqual(kept(...times.slice(1, 4)));
    expect(await run(days, '--since', 'yesterday 14:00')).toEqual(kept(...times.slice(2)));
    expect(await run(days, '--until', 'yesterday')).toEqual(kept(...times.slice(0, 1)));
  });

  it('is checked before other conditions and answers', async () => {
    const args = ['--where', 'status = 200', '--since', '2025-10-26', '--aggregate', 'count', '--by', 'status'];
    expect((await run(log, ...args)).stdout).toBe('status,count\n200,4\n');
  });

  it.each<[string[], string]>([
    [['--since', 'tomorow'], '--since tomorow: it is not a time'],
    [['--since', '2025-02-30'], '--since 2025-02-30: there is no such day'],
    [['--until', '2025-01-01T25:00'], '--until 2025-01-01T25:00: there is no such time of day'],
    [['--since', '2025-01-02', '--until', '2025-01-01'], '--until 2025-01-01: it is not after --since 2025-01-02'],
    [['--since', '2262-04-11T23:47', '--tz', '-12:00'], '--since 2262-04-11T23:47: it is outside of 1677-09-21'],
    [['--since', '1761440400'], 'it is not a time\n      an @ is before seconds since 1970: @1761440400\n'],
    [['--since', '1h', '--time-column', 'status'], '--time-column status: it is integer, and no time'],
    [
      ['--since', '1h', '--time-column', 'tme'],
      'run: --time-column tme: access has no column tme\n      did you mean time?',
    ],
    [['--since', '1h', '--time-column', 'number'], '--time-column number: it is integer, and no time'],
    [['--since', '1h', '--time-column', ''], 'run: --time-column : the name of a column is needed'],
    [['--time-column', 'time', '--where', 'status = 1'], '--time-column says nothing without --since and --until'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await run(log, ...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('reads a text as times: one named time, or the one of --time-column', async () => {
    const path = join(folder, 'times.csv');
    writeFileSync(path, '2024-06-15T00:00:00Z,1,a\n2024-06-17 01:00:00,2,2024-06-18\nx,3,\n');
    const of = async (columns: string, ...args: string[]) =>
      seen(await host(['run', path, '--parse', 'delimited', '-p', `columns=${columns}`, '--columns', 'n', ...args]));
    expect((await of('time,n,b', '--since', '2024-06-16')).stdout).toBe('n\n2\n');
    expect((await of('a,n,time', '--since', '2024-06-16', '--time-column', 'a')).stdout).toBe('n\n2\n');
    expect((await of('a,n,b', '--until', '2024-06-16', '--time-column', 'a')).stdout).toBe('n\n1\n');
    expect((await of('a,n,b', '--since', '1h')).stderr).toBe(
      'host: run: --since: delimited has no column that is a time\n      a text that holds times is named by --time-column NAME\n',
    );
  });

  it('needs a parser', async () => {
    const { status, stderr } = seen(await host(['run', log, '--since', '1h']));
    expect([status, stderr]).toEqual([2, 'host: run: --since needs a parser\n      write: --parse access\n']);
    const zone = seen(await host(['run', log, '--tz', 'UTC']));
    expect(zone.stderr).toBe('host: run: --tz needs a parser\n      write: --parse access\n');
  });
});
