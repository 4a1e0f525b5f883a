import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, inPairs, ROOT, seen, without } from '../command.js';
import { realLogs } from '../logs.js';

const folder = makeScratch();
const SAMPLE = join(ROOT, 'samples/access.log');
const FIELDS = ['host', 'ident', 'user', 'time', 'method', 'path', 'protocol', 'status', 'bytes', 'referer', 'agent'];

type Row = Record<string, string | number>;

const QUOTED = String.raw`"((?:[^"\\]|\\.)*)"`;
const LINE = new RegExp(
  String.raw`^([^ ]+) ([^ ]+) ((?:(?!\] ").)+) \[((?:(?!\] ")[^[])+)\] ${QUOTED} (\d{1,3}|-) (\d+|-)(?: (.*))?$`,
  's',
);
const TAIL = new RegExp(String.raw`^${QUOTED} "((?:[^"\\]|\\.)*)("?)`, 's');
const REQUEST = /^([A-Za-z][A-Za-z_-]*) (.*?)(?: (HTTP\/[^ ]+))?$/s;
const TIME = /^(\d\d)\/(\w{3})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Reads a time by JavaScript's calendar. */
function timeOf(text: string): string | undefined {
  const [, day, name, year, hour, minute, second, sign, hours, minutes] = TIME.exec(text) ?? [];
  const month = MONTHS.indexOf(name ?? '');
  const date = new Date(0);
  date.setUTCFullYear(Number(year), month, Number(day));
  if (month < 0 || date.getUTCMonth() !== month || date.getUTCDate() !== Number(day)) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60 || Number(minutes) > 59) return undefined;
  const shift = Number(hours) * 60 + Number(minutes);
  if (shift > 14 * 60) return undefined;
  const seconds =
    date.getTime() / 1000 +
    (Number(hour) * 60 + Number(minute) - (sign === '-' ? -shift : shift)) * 60 +
    Number(second);
  const inReach = Math.abs(seconds) < 2 ** 63 / 1e9;
  return inReach ? new Date(seconds * 1000).toISOString().replace('.000Z', 'Z') : undefined;
}

const numberOf = (text: string) => (text !== '-' && BigInt(text) < 2n ** 63n ? Number(text) : undefined);

/** Reads a line by plain regular expressions. Returns nothing for one that does not fit. */
function rowOf(line: string): Row | undefined {
  const match = LINE.exec(line.replace(/\r$/, ''));
  if (!match) return undefined;
  const [, client = '', ident = '', user = '', time = '', request = '', status = '', bytes = '', rest = ''] = match;
  if (user !== '-' && user.split(' ').includes('-')) return undefined;
  const [, method, path, protocol] = REQUEST.exec(request) ?? [];
  const [, referer, agent, last] = TAIL.exec(rest) ?? [];
  const text = (value: string | undefined) => (value === '-' ? undefined : value);
  const row = {
    host: text(client),
    ident: text(ident),
    user: user === '""' ? '' : text(user),
    time: timeOf(time),
    method,
    path: path || undefined,
    protocol,
    status: numberOf(status),
    bytes: numberOf(bytes),
    referer: text(referer),
    agent: last ? text(agent) : undefined,
  };
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined)) as Row;
}

/** Returns what the command says of the lines of a file, and what the regular expressions do. */
async function bothWays(file: string): Promise<{ got: unknown; wanted: unknown }> {
  const lines = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n');
  const all = lines.map((text, i) => ({ line: i + 1, row: rowOf(text) }));
  // Empty lines are skipped.
  const odd = all.filter(({ row, line }) => !row && !/^\r?$/.test(`${lines[line - 1]}`));
  const rows = all.filter(({ row }) => row).map(({ line, row }) => ({ line, ...row }));
  const args = ['run', file, '--parse', 'access', '--columns', FIELDS.join(), '--export', 'jsonl', '-n'];
  const { status, stdout, stderr } = seen(await host(args));
  const got = stdout
    .split('\n')
    .filter(Boolean)
    .map((json) => Object.fromEntries(Object.entries(JSON.parse(json)).filter(([, value]) => value !== null)));
  const count = (number: number) => number.toLocaleString('en-US');
  const told = `host: access: ${count(odd.length)} of ${count(lines.length)} lines do not fit; the first is ${file}, line ${odd[0]?.line}\n`;
  return {
    got: { status, rows: got, stderr },
    wanted: { status: rows.length > 0 ? 0 : 1, rows, stderr: odd.length > 0 ? told : '' },
  };
}

/** Returns whole numbers below a limit, the same at every run. */
function numbers(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

describe('access', () => {
  it('reads a real log as plain regular expressions do', async () => {
    const { got, wanted } = await bothWays(SAMPLE);
    expect(got).toEqual(wanted);
  });

  it('reads lines with changed bytes as plain regular expressions do', async () => {
    const next = numbers(7);
    const lines = readFileSync(SAMPLE, 'utf8').split('\n').slice(0, -1);
    const pieces = [
      ' ',
      '"',
      '\\',
      '[',
      ']',
      '-',
      '0',
      '9',
      'a',
      ':',
      '/',
      '+',
      '] "',
      ' - ',
      '" ',
      ' [',
      '\r',
      '\\"',
      '29/Feb',
    ];
    const changed = Array.from({ length: 20_000 }, () => {
      let line = lines[next(lines.length)] ?? '';
      for (let left = 1 + next(4); left > 0; left--) {
        // Half of the changes are among the short parts at the beginning.
        const at = next(next(2) ? 60 : line.length + 1);
        line = line.slice(0, at) + pieces[next(pieces.length)] + line.slice(at + next(3));
      }
      return next(10) === 0 ? line.slice(0, next(line.length)) : line;
    });
    const file = join(folder, 'changed.log');
    writeFileSync(file, `${changed.join('\n')}\n`);
    const { got, wanted } = await bothWays(file);
    expect(got).toEqual(wanted);
  });

  const logs = realLogs();
  it.skipIf(logs.length === 0)(`reads other real logs as plain regular expressions do${without.logs}`, async () => {
    for (const { got, wanted } of await inPairs(logs, bothWays)) expect(got).toEqual(wanted);
  });

  it('reads what servers write beside the common lines', async () => {
    const time = '[29/Feb/2023:13:55:36 +0000]';
    const file = join(folder, 'odd.log');
    const odd = [
      `10.0.0.1 - a [b [28/Feb/2023:13:55:36 +0000] "GET / HTTP/1.1" 200 007\r`,
      `10.0.0.1 - - ${time} "GET / HTTP/1.1" 200 5 "http://x/" "Mozil`,
      `www.example.com:80 10.0.0.1 - - ${time} "GET / HTTP/1.1" 200 5 "-" "-"`,
      `10.0.0.1 - "" [28/Feb/2023:13:55:36 +9900] "-" 408 -`,
    ];
    writeFileSync(file, odd.join('\n'));
    const columns = ['--columns', 'host,user,time,status,bytes,referer,agent'];
    expect(seen(await host(['run', file, '--parse', 'access', ...columns]))).toEqual({
      status: 0,
      stdout: [
        'host,user,time,status,bytes,referer,agent',
        '10.0.0.1,a [b,2023-02-28T13:55:36Z,200,7,,',
        '10.0.0.1,,,200,5,http://x/,',
        '10.0.0.1,"",,408,,,',
        '',
      ].join('\n'),
      stderr: `host: access: 1 of 4 lines do not fit; the first is ${file}, line 3\n`,
    });
  });

  it.each([
    '$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"',
    '%h - %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"',
  ])('reads a real log by the format %s as without one', async (format) => {
    const columns = FIELDS.filter((field) => field !== 'ident').join();
    const args = ['run', SAMPLE, '--parse', 'access', '--columns', columns];
    const wanted = seen(await host(args));
    const got = seen(await host([...args.slice(0, 4), '-p', `format=${format}`, ...args.slice(4)]));
    expect(wanted.stdout.split('\n').length).toBe(2002);
    expect(got).toEqual(wanted);
  });

  it.each([
    `log_format main '$remote_addr - $remote_user [$time_local] "$request" '\n    '$status $body_bytes_sent "$http_referer" '\n    '"$http_user_agent"';`,
    ` log_format  x escape=json "$remote_addr - $remote_user [$time_local] \\"$request\\" $status $body_bytes_sent \\"$http_referer\\" \\"$http_user_agent\\"" ;`,
    'LogFormat "%h - %u %t \\"%r\\" %>s %b \\"%{Referer}i\\" \\"%{User-Agent}i\\"" mine',
  ])('reads the directive %j of a configuration', async (format) => {
    const args = ['run', SAMPLE, '--parse', 'access', '-p', `format=${format}`];
    const { status, stdout, stderr } = seen(await host([...args, '--aggregate', 'distinct', '-p', 'of=agent']));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const wanted = await host([...args.slice(0, 4), '--aggregate', 'distinct', '-p', 'of=agent']);
    expect(stdout).toBe(seen(wanted).stdout);
  });

  it('reads lists of upstreams as one value', async () => {
    const format = '$remote_addr $upstream_addr $upstream_response_time $status "$upstream_status" $request_id';
    const input = [
      '10.0.0.1 10.1.0.1:80, 10.1.0.2:80 0.100, 0.200 200 "502, 200" abc',
      '10.0.0.1 10.1.0.1:80 : unix:/a 0.100 : 0.2 200 "-" abc',
      '10.0.0.1 - - 304 "-" abc',
    ].join('\n');
    const columns = 'upstream_addr,upstream_response_time,status,upstream_status,request_id';
    const { stdout } = await host(['run', '--parse', 'access', '-p', `format=${format}`, '--columns', columns], {
      input,
    });
    expect(stdout.toString()).toBe(
      `${columns}\n"10.1.0.1:80, 10.1.0.2:80","0.100, 0.200",200,"502, 200",abc\n10.1.0.1:80 : unix:/a,0.100 : 0.2,200,,abc\n,,304,,abc\n`,
    );
  });

  it('gives a format its own columns, and refuses what is none', async () => {
    const input = 'www.example.com:80 10.0.0.1 - - [28/Feb/2023:13:55:36 +0000] "GET /a HTTP/1.1" 200 5 0.25\n';
    const parse = (format: string) => ['run', '--parse', 'access', '-p', `format=${format}`];
    const format =
      '$host:$server_port $remote_addr - $remote_user [$time_local] "$request" $status $bytes_sent $request_time';
    const where = ['--where', 'request_time > 0.2', '--columns', 'vhost,host,server_port,path,request_time'];
    if (!without.where)
      expect(seen(await host([...parse(format), ...where], { input }))).toEqual({
        status: 0,
        stdout: 'vhost,host,server_port,path,request_time\nwww.example.com,10.0.0.1,80,/a,0.25\n',
        stderr: '',
      });
    const refused = (stderr: string) => ({ status: 2, stdout: '', stderr: `host: ${stderr}` });
    expect(seen(await host([...parse('$a$b'), '--columns', 'a'], { input }))).toEqual(
      refused(
        'configure access: the option "format" is wrong at byte 3, at $b: no text is between this variable and the one before it\n',
      ),
    );
    expect(seen(await host([...parse('$a $b'), '--columns', 'status'], { input }))).toEqual(
      refused('run: --columns: access has no column status\n      it has: a, b, number\n'),
    );
  });
});
