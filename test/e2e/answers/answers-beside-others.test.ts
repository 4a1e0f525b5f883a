import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { without } from '../command.js';
import { SAMPLE } from '../host-run.js';
import { difference, ordered } from './answer.js';
import { compare } from './beside.js';
import { ACCESS_LOG, type Log, W3C_LOG } from './logs.js';
import { readCsv } from './plughost.js';
import { TOOLS, type Tool } from './text-tools.js';

const folder = makeScratch();
const why = without.where || without.json;

/** The requests of the sample: what stands in its lines, by a pattern of its own. */
const requests = readFileSync(SAMPLE, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const found =
      /^(\S+) \S+ \S+ \[(\d+)\/(\w+)\/(\d+):(\S+) \+0000\] "(\S+) (\S+) [^"]*" (\d+) (\d+|-) "([^"]*)"/.exec(line);
    const [, host, day, , year, clock, method, path, status, bytes, referer] = found ?? [];
    return found ? [{ host, time: `${year}-05-${day}T${clock}Z`, method, path, status, bytes, referer }] : [];
  });

/** The same requests as JSON: objects in objects, null, and keys that are missing. */
const asJson = requests.map(({ host, time, method, path, status, bytes, referer }, i) =>
  JSON.stringify({
    time,
    level: Number(status) < 400 ? 'info' : 'error',
    req: { method, url: `${path}${i % 7 === 0 ? ' “ü” 😀 \\ "' : ''}`, from: { host } },
    ...(i % 3 === 0 ? { referer } : {}),
    status: Number(status),
    bytes: bytes === '-' ? null : Number(bytes),
    tags: ['a', i % 5],
  }),
);

const JSON_LOG: Log = {
  file: 'requests.jsonl',
  parse: ['json'],
  columns: {
    time: 'time',
    level: 'text',
    'req.method': 'text',
    'req.url': 'text',
    'req.from.host': 'text',
    referer: 'text',
    status: 'integer',
    bytes: 'integer',
    tags: 'text',
  },
  text: 'level',
  many: 'req.url',
  number: 'bytes',
  time: 'time',
  full: ['time', 'level', 'req.method', 'req.url', 'req.from.host', 'status'],
  sql: '',
  jq: '{time, level, "req.method": .req.method, "req.url": .req.url, "req.from.host": .req.from.host, referer, status, bytes, tags: (.tags | tojson)}',
  miller: ['--ijson'],
};

/** The same requests in the extended format of W3C, with its comments in between. */
const asW3c = requests.flatMap(({ host, time, method, path, status, bytes, referer }, i) => {
  const [date, clock] = time.slice(0, -1).split('T');
  const size = Number(status) * 3;
  const line = `${date} ${clock} 10.0.0.1 ${method} ${path} - 80 - ${host} Agent/1.0+(a;+b) ${referer} ${status} 0 2 ${bytes} ${size} ${(i * 7919) % 4000}`;
  const header = `#Software: x\n#Fields: ${Object.keys(W3C_LOG.columns).join(' ')}`;
  return i % 500 === 0 ? [header, line] : [line];
});

const missing = Object.entries(TOOLS).flatMap(([tool, isThere]) => (isThere ? [] : [tool]));
const left = missing.length === 0 ? '' : ` (without ${missing.join(', ')}, which are not installed)`;

describe.skipIf(why !== '')(`answers beside those of other tools${why || left}`, () => {
  it.each<[Log, string, Partial<Record<Tool, number>>]>([
    [ACCESS_LOG, readFileSync(SAMPLE, 'utf8'), { mawk: 24, gawk: 24 }],
    [W3C_LOG, `${asW3c.join('\n')}\n`, { mawk: 24, gawk: 24, mlr: 13 }],
    [JSON_LOG, `${asJson.join('\n')}\n`, { jq: 26, mlr: 12 }],
  ])('are the same: $file', async (log, text, equal) => {
    const path = join(folder, log.file);
    writeFileSync(path, text);
    const found = await compare(path, log, folder, false);
    expect(found.differences).toEqual([]);
    expect(found.equal).toEqual(Object.fromEntries(Object.entries(equal).filter(([tool]) => !missing.includes(tool))));
    expect(found.unfit).toBe(0);
  });
});

describe('the comparison', () => {
  const by = [{ column: 'a' }];
  const log = { ...ACCESS_LOG, columns: { a: 'integer' } } as Log;

  it('finds a wrong cell, a row too many and another order', () => {
    const question = { name: '', by, measure: { of: 'count' } as const };
    const rows = [
      ['1', '5'],
      ['2', '7'],
    ];
    expect(difference(rows, rows, question)).toBeUndefined();
    expect(difference(rows, [rows[0] ?? [], ['2', '8']], question)).toBe('row 2: ["2","7"] and not ["2","8"]');
    expect(difference(rows, rows.slice(1), question)).toBe('row 1: ["1","5"] and not ["2","7"]');
    expect(difference(rows.slice(1), rows, question)).toBeDefined();
    expect(difference([[null, '5']], [['', '5']], question)).toBeDefined();
    expect(
      ordered(
        [
          ['10', '1'],
          ['9', '1'],
          [null, '1'],
        ],
        log,
        question,
      ).map(([key]) => key),
    ).toEqual([null, '9', '10']);
  });

  it('allows the errors that are stated, and no larger ones', () => {
    const quantiles = { name: '', by: [], measure: { of: 'quantiles', column: 'a', at: [50] } } as const;
    expect(
      difference([['1000']], [['1007']], { ...quantiles, by: [], measure: { ...quantiles.measure, at: [50] } }),
    ).toBeUndefined();
    expect(
      difference([['1000']], [['1009']], { ...quantiles, by: [], measure: { ...quantiles.measure, at: [50] } }),
    ).toBeDefined();
    expect(
      difference([['100']], [['101']], { ...quantiles, by: [], measure: { ...quantiles.measure, at: [50] } }),
    ).toBeDefined();
    const distinct = { name: '', by: [], measure: { of: 'distinct' as const, column: 'a' } };
    expect(difference([['10300']], [['10000']], distinct)).toBeUndefined();
    expect(difference([['10400']], [['10000']], distinct)).toBeDefined();
  });

  it('reads CSV with quotes, line ends in them and no value', () => {
    expect(readCsv('a,b,c\n,"","x ""y"",\nz"\n1,,\n')).toEqual([
      ['a', 'b', 'c'],
      [null, '', 'x "y",\nz'],
      ['1', null, null],
    ]);
  });
});
