import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin, run } from '../../src/index.js';
import { host, seen, without } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { rulesFile } from '../helpers/rules-file.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
let made = 0;

const fileOf = (parts: object) => rulesFile(scratch, parts);

const log = (name: string, lines: readonly string[]): string => {
  const path = join(scratch, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
};

const LINES = [
  '{"status":503,"ms":1.5,"path":"/api/a","ok":true,"at":"2026-01-31T09:30:00Z"}',
  '{"status":404,"ms":20,"path":"/API/b","ok":false,"at":"2026-02-01T00:00:00+01:00"}',
  '{"status":"500","path":"/x\\ny","at":"soon"}',
  '{"status":null,"path":"","ok":"true"}',
  '{"status":9007199254740993,"path":"caf\u00e9 \\ud83d\\ude00"}',
  '{"other":"status 500"}',
];
const input = log('rows.jsonl', LINES);

const ACCESS = 'samples/access.log';
const access = readFileSync(ACCESS, 'latin1').trimEnd().split('\n');
const statusOf = (line: string) => Number(/" (\d{3}) /.exec(line)?.[1]);

describe.skipIf(without.rules || without.json)(`rules about columns${without.rules || without.json}`, () => {
  const kept = async (keep: object): Promise<number[]> => {
    using parser = loadPlugin('json');
    using rules = loadPlugin(fileOf({ keep }));
    expect(rules.capabilities).toEqual(['row_filter']);
    const output = join(scratch, `output-${made++}`);
    await run([input], { stages: [{ parser, filters: [{ row_filter: rules }] }], output });
    return readFileSync(output, 'utf8')
      .split('\n')
      .slice(0, -1)
      .map((line) => LINES.indexOf(line));
  };

  it.each<[object, number[]]>([
    [{ field: 'status', atLeast: 500 }, [0, 2, 4]],
    [{ field: 'status', above: 9007199254740992 }, [4]],
    [{ field: 'status', below: 500 }, [1]],
    [{ field: 'status', atMost: 500.5 }, [1, 2]],
    [{ field: 'status', equals: 500 }, [2]],
    [{ field: 'status', equals: '500' }, [2]],
    [{ field: 'status', equals: [404, 503.0] }, [0, 1]],
    [{ field: 'ms', atLeast: 1.5 }, [0, 1]],
    [{ field: 'ok', equals: true }, [0, 3]],
    [{ field: 'ok', equals: false }, [1]],
    [{ field: 'path', startsWith: '/api/' }, [0]],
    [{ field: 'path', startsWith: '/api/', ignoreCase: true }, [0, 1]],
    [{ field: 'path', endsWith: 'y' }, [2]],
    [{ field: 'path', text: ['/A', '\u{1f600}'] }, [1, 4]],
    [{ field: 'path', regex: '^y$' }, [2]],
    [{ field: 'path', regex: '\u00e9 .$' }, [4]],
    [{ field: 'path', equals: ['', '/x\ny', 'z'] }, [2, 3]],
    [{ field: 'path', above: '/api/a' }, [2, 4]],
    [{ field: 'at', atLeast: '2026-02-01' }, [1, 2]],
    [{ field: 'status', exists: true }, [0, 1, 2, 4]],
    [{ field: 'status', exists: false }, [3, 5]],
    // A comparison with a column that has no value is false, and so its opposite is true.
    [{ not: { field: 'status', atLeast: 500 } }, [1, 3, 5]],
    [{ all: [{ field: 'status', exists: true }, { not: { field: 'status', atLeast: 500 } }] }, [1]],
    [{ any: [{ text: 'other' }, { regex: 'soon' }, { field: 'ok', equals: true }] }, [0, 2, 3, 5]],
    [{ all: [{ text: '500' }, { field: 'status', equals: 500 }] }, [2]],
    [{ any: [{ not: { text: 'status' } }, { all: [{ field: 'ms', below: 5 }, { endsWith: '}' }] }] }, [0]],
  ])('keeps what %j says', async (keep, wanted) => {
    expect(await kept(keep)).toEqual(wanted);
  });

  it('finds one of thousands of texts', async () => {
    const equals = Array.from({ length: 9_999 }, (_, i) => `/p/${i}`).concat('/API/b');
    expect(await kept({ field: 'path', equals })).toEqual([1]);
  });

  it('keeps the same rows in every place, whatever the workers, and mixes with other filters', async () => {
    const rules = fileOf({
      keep: {
        all: [{ field: 'status', atLeast: 400 }, { field: 'path', startsWith: '/' }, { not: { text: 'Googlebot' } }],
      },
      replace: [{ regex: '^\\S+', with: '-' }],
      tests: [
        { line: 'a', fields: { status: 404, path: '/' }, kept: true },
        { line: 'a Googlebot', fields: { status: 404, path: '/' }, kept: false },
        { line: 'a', fields: { status: 404 }, kept: false },
        { line: 'a', fields: { status: null }, becomes: '-' },
      ],
    });
    const lines = access.filter((line) => statusOf(line) >= 400 && !line.includes('Googlebot'));
    const wanted = lines.map((line) => `${line.replace(/^\S+/, '-')}\n`).join('');
    expect(lines.length).toBeGreaterThan(20);
    const args = ['run', ACCESS, '--parse', 'access', '--filter', rules, '--transform', rules, '-j', '2'];
    for (const place of [[], ['--isolate'], ['--sandbox']])
      expect(seen(await host([...args, ...place]))).toEqual({ status: 0, stdout: wanted, stderr: '' });
    const rest = await host([
      'run',
      ACCESS,
      '--parse',
      'access',
      '--invert',
      '--filter',
      rules,
      '--filter',
      'contains',
      '-p',
      'text=Googlebot',
      '-c',
    ]);
    const others = access.filter((line) => !lines.includes(line) && line.includes('Googlebot'));
    expect(seen(rest)).toEqual({ status: 0, stdout: `${others.length}\n`, stderr: '' });
  });

  it('refuses what no parser and no column gives, before the run', async () => {
    const rules = (field: string, more: object) => fileOf({ keep: { field, ...more } });
    const cases: [string[], string][] = [
      [
        ['--filter', rules('status', { atLeast: 500 })],
        'host: run: x reads columns, and no parser gives them\n      name a parser before it: --parse access\n',
      ],
      [
        ['--parse', 'access', '--filter', rules('statsu', { atLeast: 500 })],
        'host: run: x: access has no column statsu\n      did you mean status?\n',
      ],
      [
        ['--parse', 'access', '--filter', rules('time', { atLeast: 500 })],
        'host: plugin x: keep: the column time holds times; compare it with a time, such as 2026-01-31T09:30:00Z (CONFIG)\n',
      ],
    ];
    for (const [args, stderr] of cases)
      expect(seen(await host(['run', ACCESS, ...args]))).toEqual({ status: 2, stdout: '', stderr });
  });

  it('fails a test of the file that its columns do not fulfil', () => {
    const path = fileOf({
      keep: { field: 'status', equals: [500, 503] },
      tests: [
        { line: 'a', fields: { status: 503, more: 'x' }, kept: true },
        { line: 'a', fields: { status: 404 }, kept: true },
      ],
    });
    expect(thrown(() => loadPlugin(path)).message).toBe(
      `load rules ${path}: /tests/1: the line "a" is dropped, and should be kept`,
    );
  });
});
