import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, LOGS, seen, without } from '../command.js';

const folder = makeScratch();

/** What an escape stands for. One that is none stands for itself. */
function resolved(escaped: string): string {
  const letters: Record<string, string> = { a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };
  const pattern = /\\(?:u([\da-f]{4})|U([\da-f]{8})|x([0-7][\da-f])|([abfnrtv"\\/']))/g;
  return escaped.replace(pattern, (_, short, long, byte, letter) => {
    const code = short ?? long ?? byte;
    if (letter !== undefined) return letters[letter] ?? letter;
    return String.fromCodePoint(Number.parseInt(code, 16));
  });
}

/** Reads a line of logfmt by one regular expression: a second opinion. */
function readLine(line: string): Map<string, string> | undefined {
  const pair = /([!#-<>-\uffff]+)(?:=(?:"((?:[^"\\]|\\.)*)"|((?!")[!-\uffff]*)))?(?:[^!-\uffff]+|$)/sy;
  const found = new Map<string, string>();
  pair.lastIndex = /^[^!-\uffff]*/.exec(line)?.[0].length ?? 0;
  let first = true;
  while (pair.lastIndex < line.length) {
    const match = pair.exec(line);
    if (!match || (first && match[2] === undefined && match[3] === undefined)) return undefined;
    first = false;
    const [, key = '', quoted, plain] = match;
    if (!found.has(key)) found.set(key, quoted === undefined ? (plain ?? 'true') : resolved(quoted));
  }
  return first ? undefined : found;
}

/** Returns what the command gives of some columns, as JSON, and what a second implementation gives. */
async function both(file: string, columns: string[]) {
  const lines = readFileSync(file, 'utf8').replace(/\n$/, '').split('\n');
  const rows = lines.map(readLine).filter((row) => row !== undefined);
  const args = ['run', file, '--parse', 'logfmt', '--columns', columns.join(), '--export', 'jsonl'];
  const { stdout, stderr } = seen(await host(args));
  const given = stdout.split('\n').slice(0, -1);
  const unfit = lines.filter((line) => /\S/.test(line)).length - rows.length;
  expect(stderr.startsWith(unfit > 0 ? `host: logfmt: ${unfit.toLocaleString('en')} of ` : '')).toBe(true);
  return {
    given: given.map((row) => JSON.parse(row)),
    wanted: rows.map((row) => Object.fromEntries(columns.map((name) => [name, row.get(name) ?? null]))),
  };
}

describe('host run --parse logfmt', () => {
  it('gives values of the types that their readers ask for', async () => {
    const input = [
      'time=2026-01-31T09:30:00+01:00 level=info msg="all is well" took=1.5 n=7 cached',
      'level=error msg="a \\"quote\\"\\n\\u00e9" took=x n=8 n=9',
      'a sentence with a=1',
      'level=warn cached=false took=',
    ].join('\n');
    const columns = 'time:time,level,msg,took:real,n:integer,cached:boolean';
    const args = ['run', '--parse', 'logfmt', '--columns', columns, '--export', 'jsonl'];
    expect(seen(await host(args, { input }))).toEqual({
      status: 0,
      stdout:
        '{"time":"2026-01-31T08:30:00Z","level":"info","msg":"all is well","took":1.5,"n":7,"cached":true}\n' +
        '{"time":null,"level":"error","msg":"a \\"quote\\"\\n\u00e9","took":null,"n":8,"cached":null}\n' +
        '{"time":null,"level":"warn","msg":null,"took":null,"n":null,"cached":false}\n',
      stderr: 'host: logfmt: 1 of 4 lines do not fit; the first is (standard input), line 3\n',
    });
  });

  it('refuses a column that is no key', async () => {
    const { status, stderr } = seen(await host(['run', '--parse', 'logfmt', '--columns', 'a b'], { input: '' }));
    expect(status).toBe(2);
    expect(stderr).toContain('no key of logfmt is empty, or has a blank, a quote or an equals sign');
  });

  it.skipIf(without.where)('groups and compares by values of any key', async () => {
    const input = Array.from(
      { length: 9000 },
      (_, i) => `took=${i % 100}ms n=${i} path="/p\\u002f${i % 3}" x${i % 5}=1\n`,
    ).join('');
    const args = ['--parse', 'logfmt', '--where', 'n >= 3000 and has(x1)', '--aggregate', 'count', '--by', 'path'];
    for (const how of [[], ['-j', '1'], ['-j', '3', '--block-size', '4096']])
      expect(seen(await host(['run', ...args, ...how], { input })).stdout).toBe(
        'path,count\n/p/0,400\n/p/1,400\n/p/2,400\n',
      );
  });

  it('reads hostile lines as a second implementation does', async () => {
    const pieces = [
      'a',
      'b',
      'ab',
      '=',
      '"',
      '\\',
      ' ',
      '\t',
      'a=',
      ' b="',
      '" ',
      '\\"',
      '\\n',
      '\\u00e9',
      '\\u0',
      'é',
    ];
    let seed = 1;
    const next = (limit: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor(seed / 65536) % limit;
    };
    const lines = Array.from({ length: 20_000 }, () =>
      Array.from({ length: next(3) ? next(12) : next(90) }, () => pieces[next(pieces.length)]).join(''),
    );
    const file = join(folder, 'hostile.log');
    writeFileSync(file, lines.map((line) => `${next(4) ? 'a=' : ''}${line}\n`).join(''));
    const { given, wanted } = await both(file, ['a', 'b', 'ab']);
    expect(wanted.length).toBeGreaterThan(2000);
    expect(given).toEqual(wanted);
  });

  it.skipIf(without.logs).each([
    ['loki_agent-logfmt.txt', 1000],
    ['loki_journald.txt', 240],
    ['loghub_Linux_2k.log', 0],
  ])(`reads %s as a second implementation does${without.logs}`, async (file, fits) => {
    const { given, wanted } = await both(join(LOGS, file), ['ts', 'time', 'level', 'msg', 'caller', 'err', 'duration']);
    expect(given).toEqual(wanted);
    expect(given).toHaveLength(fits);
  });
});
