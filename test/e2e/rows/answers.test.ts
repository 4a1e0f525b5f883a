import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, seen, without } from '../command.js';

const folder = makeScratch();
const noWhere = without.where;

/** A line of an access log, and what it says. */
interface Request {
  minute: number;
  method: string | undefined;
  path: string | undefined;
  status: number;
  bytes: number | undefined;
}

const two = (number: number) => String(number).padStart(2, '0');

/** Makes requests without chance, with the odd ones that servers log: no request, no bytes, an escaped quote. */
const requests: Request[] = Array.from({ length: 20_000 }, (_, i) => ({
  minute: Math.floor(i / 137),
  method: i % 97 === 0 ? undefined : i % 5 === 0 ? 'POST' : 'GET',
  path: i % 97 === 0 ? undefined : `/p/${(i * 7919) % 331}${i % 50 === 0 ? '?q=\\"x\\"' : ''}`,
  status: [200, 200, 200, 304, 404, 500, 200][i % 7] as number,
  bytes: i % 11 === 0 ? undefined : (i * 31) % 5000,
}));

const lineOf = ({ minute, method, path, status, bytes }: Request, i: number) =>
  `10.0.${i % 256}.1 - ${i % 13 === 0 ? 'a b' : '-'} [31/Dec/2024:${two(21 + Math.floor(minute / 60))}:${two(minute % 60)}:${two(i % 60)} +0000] "${method ? `${method} ${path} HTTP/1.1` : '-'}" ${status} ${bytes ?? '-'}${i % 3 === 0 ? '' : ' "-" "agent ""'}`;

const log = join(folder, 'access.log');
writeFileSync(log, requests.map((request, i) => `${lineOf(request, i)}\n`).join(''));

const run = async (...args: string[]) => seen(await host(['run', log, '--parse', 'access', ...args]));

/** Counts requests by a key, in the order of the keys. */
function counted<K extends string | number>(
  keyOf: (request: Request) => K | undefined,
): [key: K | undefined, count: number][] {
  const counts = new Map<K | undefined, number>();
  for (const request of requests) counts.set(keyOf(request), (counts.get(keyOf(request)) ?? 0) + 1);
  const order = (key: K | undefined) => (key === undefined ? -1 : typeof key === 'number' ? key : 0);
  return [...counts].sort(
    ([a], [b]) => order(a) - order(b) || Buffer.compare(Buffer.from(`${a ?? ''}`), Buffer.from(`${b ?? ''}`)),
  );
}

const csv = (header: string, rows: readonly (readonly (string | number | undefined)[])[]) =>
  `${[header, ...rows.map((row) => row.map((cell) => (/["\n,]/.test(`${cell}`) ? `"${`${cell}`.replaceAll('"', '""')}"` : (cell ?? ''))).join())].join('\n')}\n`;

describe('host run --aggregate', () => {
  it('counts all rows', async () => {
    expect(await run('--aggregate', 'count')).toEqual({ status: 0, stdout: 'count\n20000\n', stderr: '' });
  });

  it('counts by an integer and by text, null first', async () => {
    const byStatus = csv(
      'status,count',
      counted(({ status }) => status),
    );
    expect(await run('--aggregate', 'count', '--by', 'status')).toEqual({ status: 0, stdout: byStatus, stderr: '' });
    const byPath = csv(
      'path,count',
      counted(({ path }) => path),
    );
    expect((await run('--aggregate', 'count', '--by', 'path')).stdout).toBe(byPath);
  });

  it('counts by steps of numbers', async () => {
    const byWidth = csv(
      'bytes,count',
      counted(({ bytes }) => bytes && bytes - (bytes % 1000)),
    );
    expect((await run('--aggregate', 'count', '--by', 'bytes:1k')).stdout).toBe(byWidth);
    const byLog = csv(
      'bytes,count',
      counted(({ bytes }) => bytes && 2 ** Math.floor(Math.log2(bytes))),
    );
    expect((await run('--aggregate', 'count', '--by', 'bytes:log2')).stdout).toBe(byLog);
  });

  it.skipIf(without.regex)(
    `counts by integers of every size, whether or not groups are spilled${without.regex}`,
    async () => {
      const values = ['-9223372036854775808', '-65536', '-1', '0', '7', '65535', '65536', '9223372036854775807'];
      const of = (i: number) => (i % 9 === 0 ? undefined : (values[(i * 7) % 8] as string));
      const counts = new Map<string | undefined, number>();
      const lines = Array.from({ length: 9000 }, (_, i) => {
        counts.set(of(i), (counts.get(of(i)) ?? 0) + 1);
        return `${of(i) ? `n=${of(i)} ` : ''}i=${i}\n`;
      });
      const integers = join(folder, 'integers.log');
      writeFileSync(integers, lines.join(''));
      const expected = csv(
        'n,count',
        [undefined, ...values].map((value) => [value, counts.get(value)]),
      );
      for (const flags of [['-j1'], ['-j2', '--block-size', '4096', '--group-memory', '1']]) {
        const pattern = ['-p', 'pattern=^(?:n=(?<n>\\S+) )?', '-p', 'types=n:integer'];
        const counting = ['--parse', 'regex', ...pattern, '--aggregate', 'count', '--by', 'n:1', ...flags];
        expect(seen(await host(['run', integers, ...counting]))).toEqual({ status: 0, stdout: expected, stderr: '' });
      }
    },
  );

  it.each([['-j1'], ['-j2', '--block-size', '4096'], ['-j2', '--group-memory', '1']])(
    'tells texts with any bytes apart (%s %s %s)',
    async (...flags) => {
      // In a key, NUL is 00 FF.
      const texts = ['\0', 'a', 'a\0', 'a\0\0', 'a\0b', 'a\0\xff', 'a\0\xffb', 'ab'];
      const order = Array.from({ length: 4000 }, (_, i) => texts[i < 2000 ? 1 + 6 * (i % 2) : i % 8] as string);
      const expected = texts.map((text) => `${text},${order.filter((one) => one === text).length}\n`).join('');
      const args = ['run', '--parse', 'line', '--aggregate', 'count', '--by', 'line', ...flags];
      const output = join(folder, 'bytes.csv');
      const input = Buffer.from(order.map((text) => `${text}\n`).join(''), 'latin1');
      for (const sort of [[], ['--sort', 'line']]) {
        expect(seen(await host([...args, ...sort, '-o', output], { input })).status).toBe(0);
        expect(readFileSync(output, 'latin1')).toBe(`line,count\n${expected}`);
      }
    },
  );

  it('gives the first rows in the order that is asked for', async () => {
    const rows = counted(({ path }) => path).filter(([path]) => path !== undefined);
    const sorted = rows.sort(([, a], [, b]) => b - a).slice(0, 4);
    if (noWhere) return;
    const counting = ['--aggregate', 'count', '--by', 'path', '--sort', '-count,path', '--limit', '4'];
    const { stdout } = await run('--where', 'has(path)', ...counting);
    expect(stdout).toBe(csv('path,count', sorted));
  });

  it('writes a table for each list of keys, and one for several aggregators with the same', async () => {
    const { stdout } = await run(
      '--aggregate',
      'count',
      '--by',
      'method',
      '--aggregate',
      'count',
      '--by',
      'method',
      '--aggregate',
      'count',
    );
    const methods = counted(({ method }) => method).map(([method, count]) => [method, count, count]);
    expect(stdout).toBe(`${csv('method,count.count,count_2.count', methods)}\ncount\n20000\n`);
  });

  it('names columns of two aggregators of a kind by the option that differs', async () => {
    const of = (column: string) => ['--aggregate', 'distinct', '-p', `of=${column}`];
    const { stdout } = await run(...of('method'), ...of('status'), '--sort', '-distinct.status.distinct');
    expect(stdout).toBe('distinct.method.distinct,distinct.status.distinct\n2,4\n');
  });

  it('writes text that is not UTF-8 with U+FFFD as JSON, and says how much', async () => {
    const input = Buffer.from(
      '10.0.0.1 - - [31/Dec/2024:21:00:00 +0000] "GET /\xb5\xff\x01 HTTP/1.1" 200 1\n',
      'latin1',
    );
    const args = ['run', '--parse', 'access', '--columns', 'path,status', '--export', 'jsonl'];
    for (const how of [[], ['--isolate']]) {
      expect(seen(await host([...args, ...how], { input: Buffer.concat([input, input]) }))).toEqual({
        status: 0,
        stdout: '{"path":"/\ufffd\ufffd\\u0001","status":200}\n'.repeat(2),
        stderr: 'host: jsonl: warning: 2 texts are not UTF-8; each wrong byte became U+FFFD\n',
      });
    }
    expect(seen(await host([...args, '-p', 'base64=true'], { input }))).toEqual({
      status: 0,
      stdout: '{"path_bytes":"L7X/AQ==","status":200}\n',
      stderr: '',
    });
  });

  it('has the status 1 when there is no row', async () => {
    const empty = seen(
      await host(['run', '--parse', 'access', '--aggregate', 'count', '--by', 'status'], { input: '' }),
    );
    expect(empty).toEqual({ status: 1, stdout: 'status,count\n', stderr: '' });
    const all = seen(await host(['run', '--parse', 'access', '--aggregate', 'count'], { input: '' }));
    expect(all).toEqual({ status: 1, stdout: 'count\n0\n', stderr: '' });
  });

  it.each([
    ['-j', '1'],
    ['-j', '5', '--block-size', '4096'],
    ['--group-memory', '1K'],
    ['-j', '1', '--block-size', '4096', '--group-memory', '1'],
    ['-j', '3', '--block-size', '8192', '--group-memory', '20K'],
  ])('gives the same bytes whatever the split (%s %s %s %s)', async (...how) => {
    const keys = ['--aggregate', 'count', '--by', 'host,path,status'];
    const wanted = await run(...keys);
    expect(wanted.stdout.split('\n').length).toBeGreaterThan(5000);
    expect((await run(...keys, ...how)).stdout).toBe(wanted.stdout);
    // Of equal rows, those with the lower keys come first.
    const [header = '', ...rows] = wanted.stdout.trim().split('\n');
    const statusOf = (row: string) => Number(/(\d+),\d+$/.exec(row)?.[1]);
    const last = rows.sort((a, b) => statusOf(b) - statusOf(a)).slice(0, 3000);
    const sorted = await run(...keys, ...how, '--sort', '-status', '--limit', '3000');
    expect(sorted.stdout).toBe(`${[header, ...last].join('\n')}\n`);
  });
});

describe('host run --parse', () => {
  it('counts lines that do not fit, and names the first', async () => {
    const odd = join(folder, 'odd.log');
    writeFileSync(
      odd,
      `${lineOf(requests[1] as Request, 1)}\nno line of a server\nnor this\n\n${lineOf(requests[2] as Request, 2)}`,
    );
    const args = ['run', odd, '--parse', 'access', '--columns', 'status,path'];
    const stderr = `host: access: 2 of 5 lines do not fit; the first is ${odd}, line 2\n`;
    expect(seen(await host(args))).toEqual({ status: 0, stdout: 'status,path\n200,/p/306\n200,/p/281\n', stderr });
    expect(seen(await host([...args, '--unparsed', 'keep'])).stdout).toBe(
      'status,path\n200,/p/306\n,\n,\n200,/p/281\n',
    );
    expect(seen(await host([...args, '--unparsed', 'fail']))).toEqual({
      status: 2,
      stdout: 'status,path\n200,/p/306\n',
      stderr: `host: parse ${odd}: line 2 is not in the format of access\n      without --unparsed fail such lines are left out and counted\n`,
    });
  });

  it('exports columns with their types, in the order that is asked for', async () => {
    const rows = requests.slice(0, 3).map((request, i) => {
      const { path = '', status, bytes = '' } = request;
      const cell = path.includes('"') ? `"${path.replaceAll('"', '""')}"` : path;
      return `2024-12-31T21:00:${two(i)}Z,${bytes},${status},${cell}\n`;
    });
    const few = requests
      .slice(0, 3)
      .map((request, i) => `${lineOf(request, i)}\n`)
      .join('');
    const args = ['run', '--parse', 'access', '--columns', 'time,bytes,status,path'];
    const outcome = await host(args, { input: few });
    expect(seen(outcome)).toEqual({ status: 0, stdout: `time,bytes,status,path\n${rows.join('')}`, stderr: '' });
    const placed = await host([
      'run',
      log,
      '--parse',
      'access',
      '--where',
      'status = 500',
      '--columns',
      'status',
      '-n',
      '-H',
    ]);
    const first = requests.findIndex(({ status }) => status === 500);
    if (!noWhere)
      expect(seen(placed).stdout.split('\n').slice(0, 2)).toEqual(['file,line,status', `${log},${first + 1},500`]);
    const json = await host([...args, '--export', 'jsonl'], { input: few });
    expect(seen(json).stdout.split('\n')[1]).toBe(
      `{"time":"2024-12-31T21:00:01Z","bytes":31,"status":200,"path":"${requests[1]?.path}"}`,
    );
  });

  it.each<[string[], string]>([
    [['--aggregate', 'count', '--by', 'stats'], '--by stats: access has no column stats\n      did you mean status?'],
    [['--columns', 'status,status'], '--columns: status is there twice'],
    [['--aggregate', 'count', '--by', 'status,status'], 'two columns of the answer are called status'],
    [['--aggregate', 'count', '--sort', 'n'], '--sort n: the answer has no such column\n      it has: count'],
    [['--aggregate', 'count', '--by', 'status,'], '--by status,: the name of a column is needed'],
    [['--aggregate', 'count', '--sort', ''], '--sort : the name of a column is needed'],
    [['--columns', 'time,,path'], '--columns time,,path: the name of a column is needed'],
    [
      ['--aggregate', 'count', '--by', 'time:minute'],
      '--by time:minute: minute is no step of time\n      write: --by time:1m',
    ],
    [
      ['--aggregate', 'count', '--by', 'bytes:log10'],
      '--by bytes:log10: log10 is no step of bytes\n      write: --by bytes:100',
    ],
    [['--aggregate', 'count', '--by', 'time:5'], '--by time:5: time is a time, and 5 is no length of time'],
    [['--aggregate', 'count', '--by', 'status:0'], '--by status:0: 0 is no width for status'],
    [['--aggregate', 'count', '-c'], '--count is about lines, and --aggregate prints answers'],
    [['--aggregate', 'count', '--filter', 'contains', '-p', 'text=a'], 'the stage after --aggregate gets no lines'],
    [[], '--parse access: nothing reads its columns'],
    [['--parse', 'line', '--aggregate', 'count'], '--parse access: nothing reads its columns'],
    [['--where', 'status = 200', '--parse', 'line'], '--parse line: nothing reads its columns'],
    [
      ['--aggregate', 'count', '--by', 'bytes:'],
      '--by bytes:: nothing is no step of bytes\n      write: --by bytes:100',
    ],
    [['--aggregate', 'count', '--export', 'noop'], 'noop writes lines, and no rows'],
    [['--columns', 'path', '--export', 'contains', '-p', 'text=a'], 'plugin contains: it is no exporter'],
    [['--aggregate', 'access'], 'plugin access: it is no aggregator'],
    [['--columns', 'status', '-l'], '-l and -L are about lines, and --columns prints rows'],
    [['--columns', 'status', '-A', '1'], '-A, -B and -C are about lines, and --columns prints rows'],
    [['--aggregate', 'count', '-n'], '--line-number is about lines, and --aggregate prints answers'],
    [['--by', 'status'], '--by status: no aggregator is before it\n      write: --aggregate count --by COLUMN'],
    [['--columns', 'path', '--sort', '-path'], '--sort -path: no aggregator is before it\n      it sorts answers'],
    [['--columns', 'path', '--limit', '10'], '--limit 10: no aggregator is before it\n      it is about answers'],
    [['--aggregate', 'count', '-m', '5'], '--aggregate prints answers\n      --limit N prints the first answers'],
    [['--aggregate', 'count', '-H'], '--aggregate prints answers\n      without --aggregate and with --columns it is'],
    [['--aggregate', 'count', '-A', '1'], '--aggregate prints answers\n      without --aggregate they print the lines'],
    [['--aggregate', 'count', '-l'], '--aggregate prints answers\n      without --aggregate they print the files'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('ends with an error where groups cannot be written into files', async () => {
    const args = ['run', log, '--parse', 'access', '--aggregate', 'count', '--by', 'host', '--group-memory', '1K'];
    const { status, stdout, stderr } = seen(await host(args, { env: { TMPDIR: join(folder, 'missing') } }));
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain('no such file or directory');
  });

  it('is needed by whatever reads columns', async () => {
    const { status, stderr } = seen(await host(['run', log, '--aggregate', 'count']));
    expect([status, stderr]).toEqual([
      2,
      'host: run: count reads columns, and no parser gives them\n      name a parser before it: --parse access\n',
    ]);
  });
});

describe.skipIf(noWhere)(`host run --where${noWhere}`, () => {
  const kept = (keeps: (request: Request) => boolean) =>
    requests.map((request, i) => (keeps(request) ? `${lineOf(request, i)}\n` : '')).join('');

  it.each<[string, (request: Request) => boolean]>([
    ['status >= 500', ({ status }) => status >= 500],
    ['status>=400 and method = "POST"', ({ status, method }) => status >= 400 && method === 'POST'],
    ['not (status = 200 or status = 304)', ({ status }) => status !== 200 && status !== 304],
    [
      'status in (404, 500) && bytes < 1k',
      ({ status, bytes }) => [404, 500].includes(status) && bytes !== undefined && bytes < 1000,
    ],
    ['status not in (200, 304)', ({ status }) => ![200, 304].includes(status)],
    ['bytes > 99.5 and bytes <= 1Ki', ({ bytes }) => bytes !== undefined && bytes > 99.5 && bytes <= 1024],
    ["path ~ '^/p/1[0-9]$'", ({ path }) => path !== undefined && /^\/p\/1[0-9]$/.test(path)],
    ["path !~ '\\?'", ({ path }) => path !== undefined && !path.includes('?')],
    ['not has(bytes)', ({ bytes }) => bytes === undefined],
    ['`method` != "GET"', ({ method }) => method !== undefined && method !== 'GET'],
    ['time >= 2024-12-31T21:30:00Z and time < 2025-01-01', ({ minute }) => minute >= 30],
    ["time >= '2024-12-31T22:30:00+01:00'", ({ minute }) => minute >= 30],
    ["status = '404'", ({ status }) => status === 404],
    ['bytes < 0', () => false],
  ])('%s', async (condition, keeps) => {
    const stdout = kept(keeps);
    expect(await run('--where', condition)).toEqual({ status: stdout ? 0 : 1, stdout, stderr: '' });
  });

  it('reads its own columns, whatever else reads rows', async () => {
    const several = ['--where', "path ~ '^/p/1'", '--where', 'status >= 500 and bytes < 1k'];
    const { stdout } = await run(...several);
    expect(stdout).toBe(
      kept(
        ({ path, status, bytes }) => /^\/p\/1/.test(path ?? '') && status >= 500 && bytes !== undefined && bytes < 1000,
      ),
    );
    const counts = await run(...several, '--aggregate', 'count', '--by', 'method');
    const lines = stdout.split('\n').length - 1;
    expect(counts.stdout.match(/\d+$/gm)?.reduce((sum, count) => sum + Number(count), 0)).toBe(lines);
  });

  it('inverts, and is one of several', async () => {
    const inverted = await run('-v', '--filter', 'where', '-p', 'expr=status < 500');
    expect(inverted.stdout).toBe(kept(({ status }) => status >= 500));
    const any = await run('--any', '--where', 'status = 404', '--filter', 'contains', '-p', 'text=" 500 ');
    expect(any.stdout).toBe(kept(({ status }) => status === 404 || status === 500));
  });

  it.each([
    ['status >=', 'a value is needed'],
    ['status = x', 'x is a name'],
    ['status = null', 'write has(column)'],
    ['(status = 1', ') is missing'],
    ['status = 1 status = 2', 'and or or is missing'],
    ['bytes is null', 'there is no is; write has(column), not has(column), or = and a value: at "is null", byte 6'],
    ['path like "a%"', "there is no such operator; write column ~ 'pattern', a regular expression"],
    ['status <> 404', 'there is no <>; write !=: at "> 404", byte 8'],
    ['host = 10.0.0.1', '10.0.0.1 is no number; a text stands in quotes'],
    ["path ~ '('", 'the pattern is wrong'],
    ['bytes > 5ms', 'write the number in the unit of the column'],
    ['time > 2024-02-30', 'is no time'],
    ['status in (1, "a")', 'the values of a list have one type'],
    ["path = 'x", 'has no end'],
    [`${'('.repeat(200)}status = 1`, 'more than 100 conditions are nested'],
    ['', 'the name of a column is needed'],
    ['status = 99999999999999999999', 'is no integer of 64 bits'],
    ['bytes < 1e999', 'is larger than a real number can be'],
    ["time < 'yesterday'", 'the column time holds times; compare it with a time'],
    ['time > 5', 'the column time holds times; compare it with a time'],
    ['5 = status', 'the name of a column is needed'],
  ])('refuses %s', async (condition, message) => {
    const { status, stdout, stderr } = await run('--where', condition);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
