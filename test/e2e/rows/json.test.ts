import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, LOGS, seen, without } from '../command.js';

const folder = makeScratch();

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const isObject = (value: Json | undefined): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Finds a name in a document: at each level the longest key that it may begin with. */
function lookup(value: Json | undefined, name: string): Json | undefined {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, name)) return value[name];
  for (let at = name.lastIndexOf('.'); at >= 0; at = at === 0 ? -1 : name.lastIndexOf('.', at - 1)) {
    const key = name.slice(0, at);
    const found = Object.hasOwn(value, key) ? lookup(value[key], name.slice(at + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the document of a line, or undefined if JSON.parse finds no object. */
function documentOf(line: string): Json | undefined {
  try {
    const value: Json = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the parser over text, and returns its cells of each row as JSON.parse reads what jsonl writes. */
async function cellsOf(input: string | Uint8Array, names: readonly string[], ...args: string[]) {
  const columns = ['--parse', 'json', '--columns', names.join(), '--export', 'jsonl'];
  const { status, stdout, stderr } = seen(await host(['run', ...columns, ...args], { input }));
  const lines = stdout.split('\n').slice(0, -1);
  return { status, rows: lines.map((line): { [key: string]: Json } => JSON.parse(line)), stderr };
}

/** Returns what a column of type TEXT has for a value; objects and arrays stay values. */
const textOf = (value: Json | undefined): Json =>
  value === undefined || value === null ? null : typeof value === 'object' ? value : `${value}`;

/** Compares all rows with what JSON.parse reads. */
async function compare(lines: readonly string[], names: readonly string[]) {
  const documents = lines.filter((line) => /[^ \t\r]/.test(line)).map(documentOf);
  const { rows, stderr } = await cellsOf(lines.map((line) => `${line}\n`).join(''), names, '--unparsed', 'keep');
  const wanted = documents.map((document) =>
    Object.fromEntries(names.map((name) => [name, textOf(lookup(document, name))])),
  );
  const found = rows.map((row, i) =>
    Object.fromEntries(
      names.map((name) => {
        const isNested = typeof wanted[i]?.[name] === 'object' && typeof row[name] === 'string';
        return [name, isNested ? JSON.parse(row[name] as string) : (row[name] ?? null)];
      }),
    ),
  );
  expect(found).toEqual(wanted);
  return { fitting: documents.filter((document) => document !== undefined).length, stderr };
}

describe.skipIf(without.json)(`host run --parse json${without.json}`, () => {
  it.skipIf(without.logs)(`reads real logs as JSON.parse does${without.logs}`, async () => {
    const events = readFileSync(join(LOGS, 'gharchive.jsonl'), 'utf8').trimEnd().split('\n');
    const names = ['id', 'actor.login', 'repo', 'payload.action', 'payload.commits', 'payload.issue.title', 'public'];
    expect((await compare(events, names)).fitting).toBe(50);
    const requests = readFileSync(join(LOGS, 'loki_drone-json.txt'), 'utf8').trimEnd().split('\n');
    const few = ['time', 'level', 'msg', 'status', 'user-agent', 'duration', 'referer', 'nowhere'];
    expect((await compare(requests, few)).fitting).toBe(210);
  });

  it.skipIf(without.logs)(`agrees with JSON.parse about real lines with a byte changed${without.logs}`, async () => {
    const lines = readFileSync(join(LOGS, 'loki_drone-json.txt'), 'utf8').trimEnd().split('\n');
    const changed = lines.flatMap((line, i) =>
      [...'"\\{}[],: 0-.ex'].map((byte, k) => {
        const at = (i * 131 + k * 37) % line.length;
        return `${line.slice(0, at)}${byte}${line.slice(at + (k % 2))}`;
      }),
    );
    const { fitting } = await compare(changed, ['level', 'msg', 'status', 'time']);
    expect(fitting).toBeGreaterThan(500);
    expect(fitting).toBeLessThan(changed.length - 500);
  });

  it('finds keys with dots and nested ones, the last of several, and escaped ones', async () => {
    const lines = [
      '{"a.b":1,"a":{"b":2}}',
      '{"a":{"b":2}}',
      '{"a":{"b":{"c":[1,{"d":"}"}]}}, "a.b":null}',
      '{"a.b":{"x":1},"a":{"b":{"c":3},"b.c":4}}',
      '{"a":{"b":1},"a":{}}',
      '{"a":{"b":1,"b":"2"}}',
      '{"\\u0061":{"\\u0062.c":"\\ud83d\\ude00\\n"}}',
      '{"a":"","a.b":"","":{"":0}}',
      '{"__proto__":{"b":1},"constructor":2}',
      ' {"a"\t:\r[ ] , "a.b.c" : { } } ',
      '{}',
    ];
    await compare(lines, ['a', 'a.b', 'a.b.c', '__proto__.b', 'constructor', '.', 'a.b.c.d']);
  });

  it('skips lines of white space', async () => {
    const args = ['--unparsed', 'fail'];
    const rows = [{ a: '1' }, { a: '2' }];
    expect(await cellsOf('\n{"a":1}\n \t\r\n{"a":2}\n\n', ['a'], ...args)).toEqual({ status: 0, rows, stderr: '' });
  });

  it.each([
    '[]',
    '[{"a":1}]',
    'null',
    '12',
    '"a"',
    '{"a":1}{"a":2}',
    '{"a":1} x',
    '{"a":1',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1.}',
    '{"a":1e}',
    '{"a":-}',
    '{"a":NaN}',
    '{"a":tru}',
    '{"a":truee}',
    '{"a":"\\x"}',
    '{"a":"\\u12g4"}',
    '{"a":"\\u12"}',
    '{"a":"\t"}',
    '{"a":"}',
    '{"a":1,}',
    '{,"a":1}',
    '{"a" 1}',
    '{"a":}',
    '{a:1}',
    '{"a":[1,]}',
    '{"a":[1}}',
    '{"a":{]}',
    '{"a":\u00a01}',
    '\ufeff{"a":1}',
  ])('does not take %j', async (line) => {
    expect(documentOf(line)).toBeUndefined();
    expect(await cellsOf(`{"a":1}\n${line}\n{"a":2}\n`, ['a'])).toEqual({
      status: 0,
      rows: [{ a: '1' }, { a: '2' }],
      stderr: 'host: json: 1 of 3 lines do not fit; the first is (standard input), line 2\n',
    });
  });

  it('gives the types that are asked for, or no value', async () => {
    const name = (i: number, type: string) => `v${i}:${type}`;
    const values = ['5', '"5"', '1.50', '1e3', '9223372036854775807', '9223372036854775808', '1e999', '-0.0'];
    const more = ['true', '"true"', 'null', '[7]', '"2023-11-14 22:13:20,5"', '1700000000.5', '1700000000500', '"x"'];
    const all = [...values, ...more];
    const input = `{${all.map((value, i) => `"v${i}":${value}`).join()}}\n`;
    const columns = (type: string) => all.map((_, i) => name(i, type)).join();
    const row = async (type: string) => {
      const args = ['run', '--parse', 'json', '--columns', columns(type)];
      return seen(await host(args, { input })).stdout.split('\n')[1];
    };
    expect(await row('integer')).toBe('5,5,,1000,9223372036854775807,,,0,,,,,,,1700000000500,');
    expect(await row('real')).toBe(
      '5,5,1.5,1000,9.223372036854776e+18,9.223372036854776e+18,,0,,,,,,1700000000.5,1700000000500,',
    );
    expect(await row('boolean')).toBe(',,,,,,,,true,true,,,,,,');
    const half = '2023-11-14T22:13:20.5Z';
    expect((await row('time'))?.split(',').slice(12)).toEqual([half, half, half, '']);
    expect((await row('time'))?.split(',')[3]).toBe('1970-01-01T00:16:40Z'); // 1e3
    expect(await row('text')).toBe(
      '5,5,1.50,1e3,9223372036854775807,9223372036854775808,1e999,-0.0,true,true,,[7],"2023-11-14 22:13:20,5",1700000000.5,1700000000500,x',
    );
  });

  it.each([
    ['a', '--columns', 'a,a:integer'],
    ['line', '--columns', 'line', '-n'],
    ['file', '--columns', 'file,a', '-H'],
    ['a_bytes', '--columns', 'a,a_bytes', '-p', 'base64=true'],
  ])('is not written with the key %s twice', async (key, ...args) => {
    const outcome = seen(
      await host(['run', '--parse', 'json', '--export', 'jsonl', ...args], { input: '{"a":1,"line":2,"file":3}\n' }),
    );
    const message = `two columns have the name ${key}, and a JSON object has a key once (CONFIG)`;
    expect(outcome).toEqual({ status: 2, stdout: '', stderr: `host: plugin jsonl: begin_rows: ${message}\n` });
  });

  it('takes bytes that are not UTF-8, and no nesting without end', async () => {
    const input = Buffer.from('{"a":"\xff\xfe","b":1}\n', 'latin1');
    const csv = await host(['run', '--parse', 'json', '--columns', 'a,b'], { input });
    expect(csv.stdout).toEqual(Buffer.from('a,b\n\xff\xfe,1\n', 'latin1'));
    const deep = (depth: number) => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}\n`;
    const lines = [deep(1024), deep(1025), `${'{"a":'.repeat(200_000)}\n`, deep(300_000), '{"a":1}\n'];
    const { rows, stderr } = await cellsOf(lines.join(''), ['a']);
    expect(rows.map(({ a }) => `${a}`.length)).toEqual([2046, 1]);
    expect(stderr).toBe('host: json: 3 of 5 lines do not fit; the first is (standard input), line 2\n');
  });

  it('counts the same whatever else is wanted and however lines are split', async () => {
    const log = join(folder, 'app.jsonl');
    const lines = Array.from({ length: 5000 }, (_, i) =>
      i % 7 === 0 ? `{"status":${i % 5},"bad":"\\q"}` : `{"status":"${i % 5}","path":"/\\u00e9/${i % 50}","ms":${i}.5}`,
    );
    writeFileSync(log, `${lines.join('\n')}\n`);
    const run = async (...args: string[]) => seen(await host(['run', log, '--parse', 'json', ...args]));
    const counts = [0, 1, 2, 3, 4].map(
      (status) => `${status},${lines.filter((_, i) => i % 7 && i % 5 === status).length}\n`,
    );
    const wanted = {
      status: 0,
      stdout: `status,count\n${counts.join('')}`,
      stderr: `host: json: 715 of 5,000 lines do not fit; the first is ${log}, line 1\n`,
    };
    const count = ['--aggregate', 'count', '--by', 'status'];
    expect(await run(...count)).toEqual(wanted);
    expect(await run(...count, '-j', '3', '--block-size', '4096')).toEqual(wanted);
    if (!without.where) expect(await run('--where', 'ms > 0 or not has(bad)', ...count)).toEqual(wanted);
    const byPath = await run('--aggregate', 'count', '--by', 'path', '-j', '2', '--block-size', '4096');
    expect(byPath.stdout).toContain('/é/1,86\n');
  });

  it.each<[string[], string]>([
    [['--columns', 'a.b.c.d.e.f.g.h.i.j'], 'the column "a.b.c.d.e.f.g.h.i.j" has more than 8 dots'],
    [['-p', 'depth=1', '--columns', 'a'], 'there is no option "depth"'],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = seen(await host(['run', '--parse', 'json', ...args], { input: '{}\n' }));
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('cuts numbers of any kind into steps, and says where no row has any', async () => {
    const input = [1, 9.2, 9.3, '9.35', 10, -0.1, 'x', null].map((ms) => `${JSON.stringify({ ms })}\n`).join('');
    const by = async (key: string) =>
      seen(await host(['run', '--parse', 'json', '--aggregate', 'count', '--by', key], { input }));
    expect((await by('ms:10')).stdout).toBe('ms,count\n,2\n-10,1\n0,4\n10,1\n');
    expect((await by('ms:0.1')).stdout).toBe('ms,count\n,2\n-0.1,1\n1,1\n9.2,1\n9.3,2\n10,1\n');
    expect(await by('mz:10')).toEqual({
      status: 0,
      stdout: 'mz,count\n,8\n',
      stderr: 'host: json: none of 8 rows has a number in the column mz\n',
    });
    const any = ['--any', '--filter', 'contains', '-p', 'text="x"', '--where', 'mz > 3', '--where', 'ms > 9'];
    expect((await host(['run', '--parse', 'json', ...any, '-c'], { input })).stderr).toBe(
      'host: json: none of 7 rows has a value in the column mz\n',
    );
  });
});
