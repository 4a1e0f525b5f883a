import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CancelledError,
  InputError,
  loadPlugin,
  PluginClosedError,
  type RowBatch,
  rows,
  UsageError,
} from '../../src/index.js';
import { without } from '../e2e/command.js';
import { fileOf, settings } from '../engine/bytes.js';
import { thrown } from '../helpers/thrown.js';

const sanitized = process.env.LD_PRELOAD !== undefined;
const isolates = [undefined, {}, ...(sanitized ? [] : [{ sandbox: true }])];

/** A request of a log, by the columns of the plugin access that the tests read. */
interface Request {
  path: string | null;
  status: number;
  bytes: number | null;
  time: bigint;
}

const FIRST = Date.UTC(2025, 0, 31, 23, 30);

const requestOf = (i: number): Request => ({
  path: i % 17 === 0 ? null : `/p/${i % 300}${i % 5 === 0 ? '/ü' : ''}`,
  status: [200, 304, 404, 500][i % 4] as number,
  bytes: i % 11 === 0 ? null : i * 31,
  time: BigInt(FIRST + i * 1000) * 1_000_000n,
});

function lineOf({ path, status, bytes, time }: Request): string {
  const [, year, month, day, clock] = /(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(
    new Date(Number(time / 1_000_000n)).toISOString(),
  ) as RegExpExecArray;
  const request = path === null ? '-' : `GET ${path} HTTP/1.1`;
  return `::1 - - [${day}/${month === '01' ? 'Jan' : 'Feb'}/${year}:${clock} +0000] "${request}" ${status} ${bytes ?? '-'}`;
}

const logOf = (requests: readonly (Request | undefined)[]): string =>
  fileOf(Buffer.from(requests.map((request) => `${request ? lineOf(request) : 'no request'}\n`).join('')));

const requests = Array.from({ length: 20_000 }, (_, i) => requestOf(i));
const log = logOf(requests);
const columns = ['bytes', 'path', 'status', 'time'];
const picked = ({ path, status, bytes, time }: Request) => ({ bytes, path, status, time });

async function all(batches: AsyncIterable<RowBatch>): Promise<object[]> {
  const found: object[] = [];
  for await (const batch of batches) found.push(...batch);
  return found;
}

describe('rows', () => {
  it('are those of the lines, with their types, on any split', async () => {
    using parser = loadPlugin('access');
    const odd = fc.array(
      fc.option(fc.nat(5000), { nil: undefined }).map((i) => (i === undefined ? undefined : requestOf(i))),
      { maxLength: 80 },
    );
    await fc.assert(
      fc.asyncProperty(odd, settings, async (lines, setting) => {
        const batches = rows([logOf(lines)], { rows: { parser, columns }, ...setting });
        expect(await all(batches)).toEqual(lines.flatMap((request) => (request ? [picked(request)] : [])));
        const unfit = lines.filter((request) => !request).length;
        expect((await batches.result).stages.map(({ linesUnfit }) => linesUnfit)).toEqual([unfit]);
      }),
      { numRuns: 100 },
    );
  });

  it('are typed arrays, with bits for values and spans for text', async () => {
    using parser = loadPlugin('access');
    const batches = rows([log], { rows: { parser, columns } });
    expect(batches.columns).toEqual([
      { name: 'bytes', type: 'integer' },
      { name: 'path', type: 'text' },
      { name: 'status', type: 'integer' },
      { name: 'time', type: 'time' },
    ]);
    let row = 0;
    for await (const batch of batches) {
      const [bytes, path, time] = [batch.values('bytes'), batch.values(1), batch.values('time')];
      expect([bytes.values, path.values, time.values].map((values) => values.constructor)).toEqual([
        BigInt64Array,
        Uint32Array,
        BigInt64Array,
      ]);
      for (let i = 0; i < batch.length; i++, row++) {
        const request = requests[row] as Request;
        const has = ((bytes.valid[i >> 3] ?? 0) >> (i & 7)) & 1;
        expect([has, bytes.values[i]]).toEqual(request.bytes === null ? [0, 0n] : [1, BigInt(request.bytes)]);
        expect(time.values[i]).toBe(request.time);
        const [begin = 0, length = 0] = path.values.subarray(2 * i, 2 * i + 2) as Uint32Array;
        expect(batch.bytes.toString('utf8', begin, begin + length)).toBe(request.path ?? '');
        expect(batch.get(i, 'path')).toBe(request.path);
        expect(batch.textBytes(i, 'path')?.toString()).toBe(request.path ?? undefined);
      }
    }
    expect(row).toBe(requests.length);
  });

  it.skipIf(without.where)('are those that filters keep, up to a limit', async () => {
    using parser = loadPlugin('access');
    using where = loadPlugin('where', { config: { expr: 'status >= 404' } });
    const stages = [{ parser, filters: [{ row_filter: where }] }];
    for (const setting of [{}, { workers: 3, blockSize: 4096 }]) {
      const batches = rows([log], { stages, rows: { parser, columns }, limit: 1500, ...setting });
      expect(await all(batches)).toEqual(
        requests
          .filter(({ status }) => status >= 404)
          .slice(0, 1500)
          .map(picked),
      );
      expect((await batches.result).kept).toBe(1500);
    }
  });

  it.each(isolates)('have the numbers of their lines, whatever the stages before leave (%o)', async (isolate) => {
    using parser = loadPlugin('line', isolate && { isolate });
    using redact = loadPlugin('redact');
    using contains = loadPlugin('contains', { config: { text: 'a' } });
    const text = fc.constantFrom('', 'a', 'b\r', 'a@b.example', `a${'x'.repeat(700)}`, 'y'.repeat(300));
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 60 }), fc.boolean(), settings, async (lines, filtered, setting) => {
        const paths = [lines, lines.toReversed()].map((all) =>
          fileOf(Buffer.from(all.map((one) => `${one}\n`).join(''))),
        );
        const stages = filtered ? [{ transform: redact }, { filter: contains }] : [{ transform: redact }];
        const batches = rows(paths, {
          stages,
          rows: { parser, columns: ['line', 'number:text', 'number'] },
          ...setting,
        });
        const found = await all(batches);
        const wanted = [lines, lines.toReversed()].flatMap((some) =>
          some
            .map((line, i) => ({
              line: line.replace('a@b.example', '[redacted]'),
              'number:text': `${i + 1}`,
              number: i + 1,
            }))
            .filter(({ line }) => !filtered || line.includes('a')),
        );
        expect(found).toEqual(wanted);
      }),
      { numRuns: isolate ? 50 : 200 },
    );
    using lines = loadPlugin('line');
    const part = { name: fileOf(Buffer.from('a\nb\nc\n')), begin: 2, end: 6 };
    expect(() => rows([part], { rows: { parser: lines, columns: ['number'] } })).toThrow(
      'the column number needs whole files',
    );
  });

  it('have no values for lines that do not fit, if they are kept, and may end the run there', async () => {
    using parser = loadPlugin('access');
    const path = logOf([requests[1], undefined, requests[2]]);
    const empty = { bytes: null, path: null, status: null, time: null };
    expect(await all(rows([path], { rows: { parser, columns, unparsed: 'keep' } }))).toEqual([
      picked(requests[1] as Request),
      empty,
      picked(requests[2] as Request),
    ]);
    const failing = rows([path], { rows: { parser, columns, unparsed: 'fail' } });
    await expect(all(failing)).rejects.toBeInstanceOf(InputError);
    await expect(failing.result).rejects.toBeInstanceOf(InputError);
  });

  it.skipIf(without.json)('have a name for each column, and take lists that may not change', async () => {
    using parser = loadPlugin('json');
    const path = fileOf(Buffer.from('{"n":"9007199254740993","n:text":1}\n{"n":2.5}\n'));
    const columns = ['n', 'n:integer', '`n`:real'] as const;
    const batches = rows([path], { stages: [] as const, rows: { parser, columns, unparsed: undefined } });
    expect(batches.columns).toEqual([
      { name: 'n', type: 'text' },
      { name: 'n:integer', type: 'integer' },
      { name: 'n:real', type: 'real' },
    ]);
    expect(await all(batches)).toEqual([
      { n: '9007199254740993', 'n:integer': 9007199254740993n, 'n:real': 9007199254740992 },
      { n: '2.5', 'n:integer': null, 'n:real': 2.5 },
    ]);
    expect(() => rows([path], { rows: { parser, columns: ['n:text', 'n:integer', '`n:text`'] } })).toThrow(
      'rows: two columns are called n:text',
    );
  });

  it('come no faster than they are taken, so that memory stays flat', async () => {
    using parser = loadPlugin('access');
    const inputs = Array<string>(60).fill(log);
    let [done, total] = [0, 0];
    const onProgress = (progress: { bytes: number }) => {
      done = progress.bytes;
    };
    const options = { onProgress, progressInterval: 10 };
    const batches = rows(inputs, { rows: { parser, columns }, workers: 2 }, options);
    const before = process.memoryUsage().rss;
    let [pauses, peak] = [0, 0];
    for await (const batch of batches) {
      total += batch.length;
      if (pauses++ < 3) {
        await sleep(150);
        expect(done).toBeLessThan(statSync(log).size * 30);
      }
      peak = Math.max(peak, process.memoryUsage().rss - before);
    }
    expect(total).toBe(60 * requests.length);
    expect((await batches.result).bytes).toBe(60 * statSync(log).size);
    expect(done).toBeGreaterThan(0);
    if (!sanitized) expect(peak).toBeLessThan(256 << 20);
  });

  it('end when the loop is left, and by an abort', async () => {
    const parser = loadPlugin('access');
    const left = rows([log], { rows: { parser } });
    for await (const batch of left) {
      expect(batch.length).toBeGreaterThan(0);
      break;
    }
    expect((await left.result).failures).toEqual([]);
    // A small log was read before the loop is left; of many files others were not.
    for (const [inputs, early] of [
      [[logOf(requests.slice(0, 5))], false],
      [Array<string>(40).fill(log), true],
    ] as const) {
      const some = rows(inputs, { rows: { parser, columns: ['user:integer'] } });
      for await (const _ of some) break;
      const result = await some.result;
      const emptyColumns = early ? undefined : [{ name: 'user', type: 'integer' }];
      expect([result.early, result.stages[0]?.emptyColumns]).toEqual([early, emptyColumns]);
    }
    const stop = new AbortController();
    const aborted = rows(Array<string>(20).fill(log), { rows: { parser } }, { signal: stop.signal });
    const loop = (async () => {
      for await (const _ of aborted) stop.abort();
    })();
    await expect(loop).rejects.toBeInstanceOf(CancelledError);
    await expect(aborted.result).rejects.toBeInstanceOf(CancelledError);
    const late = rows([log], { rows: { parser } });
    parser.close();
    await expect(all(late)).rejects.toBeInstanceOf(PluginClosedError);
  });

  it('are refused with a reason', async () => {
    using parser = loadPlugin('access');
    using count = loadPlugin('count');
    expect(() => rows([log], { rows: { parser, columns: ['stats'] } })).toThrow(
      'rows: columns: access has no column stats',
    );
    expect(() => rows([log], { rows: { parser, columns: ['status', 'status:integer'] } })).toThrow(
      'rows: columns: status and status:integer are the same column',
    );
    expect(() => rows([log], {} as never)).toThrow(UsageError);
    expect(() => rows([log], { rows: { parser }, exporter: count } as never)).toThrow(UsageError);
    const stages = [{ parser, aggregations: [{ aggregators: [count] }] }];
    expect(() => rows([log], { stages, rows: { parser } })).toThrow('a stage with aggregations passes no rows on');
    const batches = rows([log], { rows: { parser, columns } });
    for await (const batch of batches) {
      expect(() => batch.values('byte')).toThrow('rows: there is no column "byte"');
      expect(thrown(() => batch.values(4))).toMatchObject({
        message: 'rows: there is no column 4',
        hint: 'it has: bytes, path, status, time',
      });
      for (const row of [-1, 0.5, batch.length]) expect(() => batch.get(row, 'path')).toThrow(UsageError);
      expect(() => batch.textBytes(0, 'status')).toThrow('column status is integer, and no text');
      break;
    }
    expect(() => batches[Symbol.asyncIterator]()).toThrow('rows: they were already taken');
  });
});
