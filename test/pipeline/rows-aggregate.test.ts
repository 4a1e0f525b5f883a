import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  aggregate,
  CancelledError,
  InputError,
  loadPlugin,
  PipelineStream,
  PluginClosedError,
  rows,
  run,
  toArrow,
  UsageError,
} from '../../src/index.js';
import { builtIn } from '../e2e/command.js';
import { fileOf } from '../engine/bytes.js';
import { makeScratch } from '../helpers/compile.js';

const folder = makeScratch();

const lineOf = (i: number) =>
  `10.0.${i >> 8}.${i & 255} - - [${i % 3 === 0 ? '30' : '31'}/Dec/2024:23:15:00 +0000] "GET /${i % 7} HTTP/1.1" ${[200, 404, 500][i % 3]} ${i % 5 === 0 ? '-' : i}\n`;
const numbers = Array.from({ length: 9000 }, (_, i) => i);
const log = fileOf(Buffer.from(numbers.map(lineOf).join('')));
const statuses = [200, 404, 500].map((status) => ({ status, count: 3000 }));

describe('aggregate', () => {
  it('refuses plugins that are closed', async () => {
    for (const closed of ['parser', 'filter', 'aggregator']) {
      using parser = loadPlugin('access');
      using filter = loadPlugin('where', { config: { expr: 'status >= 500' } });
      using aggregator = loadPlugin('count');
      ({ parser, filter, aggregator })[closed]?.close();
      const stage = { parser, filters: [{ row_filter: filter }], aggregations: [{ aggregators: [aggregator] }] };
      await expect((async () => aggregate([log], { stages: [stage] }))()).rejects.toBeInstanceOf(PluginClosedError);
    }
  });

  it('returns the answers as rows, a table for each aggregation', async () => {
    using parser = loadPlugin('access');
    using count = loadPlugin('count');
    const aggregations = [
      { aggregators: [count], by: ['status'] },
      { aggregators: [count] },
      { aggregators: [count], by: ['host'], sort: ['-host'], limit: 2 },
    ];
    for (const setting of [{}, { workers: 4, blockSize: 4096 }]) {
      const { tables, result } = await aggregate([log], { stages: [{ parser, aggregations }], ...setting });
      expect(tables.map((table) => [table.length, [...table].slice(0, 3)])).toEqual([
        [3, statuses],
        [1, [{ count: 9000 }]],
        [2, ['10.0.9.99', '10.0.9.98'].map((host) => ({ host, count: 1 }))],
      ]);
      expect(tables[0]?.columns).toEqual([
        { name: 'status', type: 'integer' },
        { name: 'count', type: 'integer' },
      ]);
      expect([result.answers, result.failures]).toEqual([6, []]);
    }
  });

  it('returns more answers than fit into a batch', async () => {
    using parser = loadPlugin('access');
    using count = loadPlugin('count');
    const stages = [{ parser, aggregations: [{ aggregators: [count], by: ['host', 'bytes'] }], groupMemory: 1 << 20 }];
    const { tables } = await aggregate([log], { stages });
    expect([tables[0]?.length, tables[0] && [...tables[0]][0]]).toEqual([
      9000,
      { host: '10.0.0.0', bytes: null, count: 1 },
    ]);
    const lists = tables[0]?.batches.map((batch) => [...(batch.values('count').values as BigInt64Array)]);
    expect(lists?.flat()).toEqual(numbers.map(() => 1n));
  });

  it('cuts times by a time zone, and gives them as nanoseconds', async () => {
    using parser = loadPlugin('access');
    using count = loadPlugin('count');
    const stages = [{ parser, aggregations: [{ aggregators: [count], by: ['time:1d'] }] }];
    const { tables } = await aggregate([log], { stages, timeZone: 'Europe/Berlin' });
    const at = (day: number) => BigInt(Date.UTC(2024, 11, day, 23)) * 1_000_000n;
    expect([...(tables[0] ?? [])]).toEqual([
      { time: at(30), count: 3000 },
      { time: at(31), count: 6000 },
    ]);
    await expect(aggregate([log], { stages, timeZone: 'Mars' })).rejects.toThrow(
      'aggregate: timeZone: Mars: there is no such',
    );
  });

  it('returns the tables of an empty input with their columns', async () => {
    using parser = loadPlugin('access');
    using count = loadPlugin('count');
    const stages = [{ parser, aggregations: [{ aggregators: [count], by: ['status'] }] }];
    const { tables } = await aggregate([fileOf(Buffer.from(''))], { stages });
    expect(tables.map((table) => [[...table], table.columns.map(({ name }) => name)])).toEqual([
      [[], ['status', 'count']],
    ]);
  });

  it('rejects as run does, and frees the plugins', async () => {
    const parser = loadPlugin('access');
    const count = loadPlugin('count');
    const stages = [{ parser, aggregations: [{ aggregators: [count] }] }];
    await expect(aggregate([log], {})).rejects.toThrow('aggregate: no stage has aggregations');
    await expect(aggregate([log], { stages: [...stages, ...stages] })).rejects.toThrow(
      'aggregate: the stage after one with aggregations gets no lines',
    );
    for (const [by, sort, message] of [
      ['time:minute', '-count', 'aggregate: by time:minute: minute is no step of time'],
      ['bytes:0', '-count', 'aggregate: by bytes:0: 0 is no width for bytes'],
      ['`status', '-count', 'aggregate: by `status: a name in backquotes is needed'],
      ['stats', '-count', 'aggregate: by stats: access has no column stats'],
      ['status', '-counts', 'aggregate: sort -counts: the answer has no such column'],
    ] as const) {
      const aggregations = [{ aggregators: [count], by: [by], sort: [sort] }];
      await expect(aggregate([log], { stages: [{ parser, aggregations }] })).rejects.toThrow(message);
    }
    const unwritten = { rows: { parser }, output: join(folder, 'out') };
    await expect(run([log], unwritten)).rejects.toThrow('run: rows are written by an exporter, and none is given');
    using exporter = loadPlugin('csv');
    await expect(run([log], { ...unwritten, stages, exporter })).rejects.toThrow(
      'run: answers have columns of their own',
    );
    expect(() => new PipelineStream({ rows: { parser } })).toThrow(UsageError);
    await expect(aggregate([log], { stages, limit: 3 } as never)).rejects.toBeInstanceOf(UsageError);
    await expect(aggregate([log], { stages }, { signal: AbortSignal.abort() })).rejects.toBeInstanceOf(CancelledError);
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort(), progressInterval: 1 };
    await expect(aggregate(Array<string>(500).fill(log), { stages }, options)).rejects.toBeInstanceOf(CancelledError);
    const odd = [{ ...(stages[0] as (typeof stages)[0]), unparsed: 'fail' as const }];
    await expect(aggregate([fileOf(Buffer.from('x\n'))], { stages: odd })).rejects.toBeInstanceOf(InputError);
    parser.close();
    count.close();
  });
});

/** The package is an optional peer. Its name stands in a constant, so that types do not depend on it. */
const ARROW: string = 'apache-arrow';
interface ArrowTable {
  numRows: number;
  schema: { fields: { name: string; type: object }[] };
  toArray(): { toJSON(): object }[];
}
const arrow = await import(ARROW).catch(() => undefined);

describe.skipIf(!arrow)(`toArrow${arrow ? '' : ' (skipped: apache-arrow is not installed)'}`, () => {
  const described = ({ numRows, schema }: ArrowTable) => [
    numRows,
    schema.fields.map(({ name, type }) => `${name}: ${type}`),
  ];

  it('makes a table of rows, in one batch each', async () => {
    using parser = loadPlugin('access');
    const table = await toArrow<ArrowTable>(rows([log], { rows: { parser, columns: ['bytes', 'path', 'time'] } }));
    expect(table).toBeInstanceOf(arrow.Table);
    expect(described(table)).toEqual([9000, ['bytes: Int64', 'path: Utf8', 'time: Timestamp<NANOSECOND, UTC>']]);
    expect(table.toArray().map((row) => row.toJSON())).toEqual(
      numbers.map((i) => ({
        bytes: i % 5 === 0 ? null : BigInt(i),
        path: `/${i % 7}`,
        time: Date.UTC(2024, 11, i % 3 === 0 ? 30 : 31, 23, 15),
      })),
    );
    // Another library reads it, too: the bytes are those of the format.
    expect(described(arrow.tableFromIPC(arrow.tableToIPC(table)))).toEqual(described(table));
  });

  it('makes a table of answers', async () => {
    using parser = loadPlugin('access');
    using count = loadPlugin('count');
    const stages = [{ parser, aggregations: [{ aggregators: [count], by: ['status'] }] }];
    const { tables } = await aggregate([log], { stages });
    const table = await toArrow<ArrowTable>(tables[0] as (typeof tables)[0]);
    expect(table.toArray().map((row) => row.toJSON())).toEqual(
      statuses.map(({ status, count }) => ({ status: BigInt(status), count: BigInt(count) })),
    );
  });

  it('makes a table of the copy of the package that it is given', async () => {
    using parser = loadPlugin('access');
    const required = createRequire(import.meta.url)(ARROW);
    const [there, here] = await Promise.all(
      [required, arrow].map((one) =>
        toArrow<ArrowTable>(rows([log], { rows: { parser, columns: ['bytes', 'path', 'time'] } }), { arrow: one }),
      ),
    );
    expect(required.Table).not.toBe(arrow.Table);
    expect([there, here].map((table) => table?.constructor)).toEqual([required.Table, arrow.Table]);
    // Only its own copy writes the batches of a table.
    const [read] = [required, arrow].map((one, i) => one.tableFromIPC(one.tableToIPC([there, here][i])));
    expect(described(read)).toEqual(described(here as ArrowTable));
    using count = loadPlugin('count');
    const answers = await aggregate([log], { stages: [{ parser, aggregations: [{ aggregators: [count] }] }] });
    await expect(toArrow(answers as never)).rejects.toMatchObject({ hint: 'write: toArrow(answers.tables[0])' });
    const broken = { ...arrow, Schema: () => {} };
    await expect(toArrow(answers.tables[0] as never, { arrow: broken })).rejects.toMatchObject({
      message: 'toArrow: apache-arrow: arrow.Schema is not a constructor',
      code: 'ERR_USAGE',
    });
    for (const wrong of [{}, null, 'apache-arrow'])
      await expect(toArrow(answers.tables[0] as never, { arrow: wrong as object })).rejects.toThrow(
        'toArrow: options.arrow: the package apache-arrow is needed',
      );
  });

  it('makes a table of columns of one name', async () => {
    using parser = loadPlugin('access');
    const given = rows([log], { rows: { parser, columns: ['status', 'status:text'] } });
    expect(described(await toArrow<ArrowTable>(given))).toEqual([9000, ['status: Int64', 'status:text: Utf8']]);
  });

  it('makes bytes that are not UTF-8 text', async () => {
    using parser = loadPlugin('access');
    const line = (path: string) =>
      Buffer.from(`::1 - - [30/Dec/2024:23:15:00 +0000] "GET ${path} HTTP/1.1" 200 5\n`, 'latin1');
    const path = fileOf(Buffer.concat([line('/a'), line('/\xff'), line('/\xc3'), line('\xbc'), line('/z')]));
    const table = await toArrow<ArrowTable>(rows([path], { rows: { parser, columns: ['path'] } }));
    expect(table.toArray().map((row) => row.toJSON())).toEqual(
      ['/a', '/\ufffd', '/\ufffd', '\ufffd', '/z'].map((path) => ({ path })),
    );
  });

  it.skipIf(!existsSync(builtIn('json')))('has columns of each type', async () => {
    using parser = loadPlugin('json');
    const lines = ['{"r":1.5,"b":true,"t":"x"}', '{"r":-2,"b":false}', '{}'];
    const columns = ['r:real', 'b:boolean', 't'];
    const given = rows([fileOf(Buffer.from(lines.join('\n')))], { rows: { parser, columns } });
    const table = await toArrow<ArrowTable>(given);
    expect(described(table)).toEqual([3, ['r: Float64', 'b: Bool', 't: Utf8']]);
    expect(table.toArray().map((row) => row.toJSON())).toEqual([
      { r: 1.5, b: true, t: 'x' },
      { r: -2, b: false, t: null },
      { r: null, b: null, t: null },
    ]);
  });
});
