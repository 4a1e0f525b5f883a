import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { builtIn, host, seen } from '../command.js';
import { distinctOf, nearestTo, quantileOf, statsOf } from './aggregates.js';

const folder = makeScratch();
const noJson = existsSync(builtIn('json')) ? '' : ' (skipped: the plugin json is not built, cargo is missing)';

/** A request, and the line of an access log that says it. */
interface Request {
  host: string;
  second: number;
  path: string;
  status: number;
  bytes: number | undefined;
}

const two = (number: number) => String(number).padStart(2, '0');

/** Requests in no order of time, several in the same second. */
const requests: Request[] = Array.from({ length: 20_000 }, (_, i) => ({
  host: `10.${(i * 7919) % 251}.${(i * 31) % 13}.${i % 7}`,
  second: (i * 7907) % 3600,
  path: `/p/${(i * 104729) % 4999}`,
  status: [200, 200, 200, 304, 404, 500, 200][i % 7] as number,
  bytes: i % 11 === 0 ? undefined : (i * i * 31) % (i % 3 ? 5000 : 3_000_000),
}));

const log = join(folder, 'access.log');
writeFileSync(
  log,
  requests
    .map(
      ({ host, second, path, status, bytes }) =>
        `${host} - - [31/Dec/2024:21:${two(Math.floor(second / 60))}:${two(second % 60)} +0000] "GET ${path} HTTP/1.1" ${status} ${bytes ?? '-'}\n`,
    )
    .join(''),
);

type Cell = string | number | undefined;

const csv = (header: string, rows: readonly (readonly Cell[])[]) =>
  `${[header, ...rows.map((row) => row.map((cell) => cell ?? '').join())].join('\n')}\n`;

/** Groups items by a key. The groups are sorted by it. */
function grouped<Item, Key extends string | number>(
  items: readonly Item[],
  keyOf: (item: Item) => Key,
): [Key, Item[]][] {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

const numbersOf = (of: readonly Request[]) => of.flatMap(({ bytes }) => bytes ?? []);

/** Returns the path of the request that `order` puts before all others; of the same second, that with smaller bytes. */
const atEnd = (of: readonly Request[], order: 1 | -1) =>
  [...of].sort((a, b) => order * (a.second - b.second) || (a.path < b.path ? -1 : 1))[0]?.path;

const AGGREGATES: [args: string[], header: string, answerOf: (of: readonly Request[]) => readonly Cell[]][] = [
  [['count'], 'count', (of) => [of.length]],
  [['stats', '-p', 'of=bytes'], 'count,sum,min,max,mean', (of) => Object.values(statsOf(numbersOf(of)))],
  [
    ['stats', '-p', 'of=bytes', '-p', 'type=integer'],
    'count,sum,min,max,mean',
    (of) => Object.values(statsOf(numbersOf(of))),
  ],
  [
    ['quantiles', '-p', 'of=bytes', '-p', 'at=0,50,90,99,100'],
    'p0,p50,p90,p99,p100',
    (of) => [0, 50, 90, 99, 100].map((at) => quantileOf(numbersOf(of), at)),
  ],
  [['distinct', '-p', 'of=path'], 'distinct', (of) => [distinctOf(of.map(({ path }) => path))]],
  [['first', '-p', 'of=path'], 'first', (of) => [atEnd(of, 1)]],
  [['last', '-p', 'of=path', '-p', 'by=time'], 'last', (of) => [atEnd(of, -1)]],
];

const SPLITS = [
  ['-j', '2'],
  ['-j', '1', '--block-size', '4096'],
  ['-j', '2', '--block-size', '16384', '--group-memory', '200K'],
  ['-j', '1', '--block-size', '65536', '--group-memory', '1'],
];

const run = async (...args: string[]) => seen(await host(['run', log, '--parse', 'access', '--aggregate', ...args]));

describe.each(AGGREGATES)('host run --aggregate %j', (args, header, answerOf) => {
  const byHost = csv(
    `host,${header}`,
    grouped(requests, ({ host }) => host).map(([key, of]) => [key, ...answerOf(of)]),
  );

  it('answers about all rows', async () => {
    const stdout = csv(header, [answerOf(requests)]);
    expect(await run(...args)).toEqual({ status: 0, stdout, stderr: '' });
  });

  it('answers by a number of few values', async () => {
    const stdout = csv(
      `status,${header}`,
      grouped(requests, ({ status }) => status).map(([key, of]) => [key, ...answerOf(of)]),
    );
    expect(await run(...args, '--by', 'status')).toEqual({ status: 0, stdout, stderr: '' });
  });

  it.each(SPLITS.map((how) => [how.join(' '), how] as const))(
    'answers by thousands of hosts, with %s',
    async (_, how) => {
      expect(byHost.split('\n').length).toBeGreaterThan(10_000);
      expect(await run(...args, '--by', 'host', ...how)).toEqual({ status: 0, stdout: byHost, stderr: '' });
    },
  );

  it.each(SPLITS.map((how) => [how.join(' '), how] as const))('answers about all rows, with %s', async (_, how) => {
    expect((await run(...args, ...how)).stdout).toBe(csv(header, [answerOf(requests)]));
  });
});

describe.skipIf(noJson)(`host run --aggregate on real numbers${noJson}`, () => {
  const numbers = Array.from({ length: 10_000 }, (_, i) => {
    const size = 10 ** (((i * 7919) % 24) - 8);
    return (i % 3 === 0 ? -1 : 1) * ((i * 0.7919) % 1) * size;
  });
  const lines = join(folder, 'numbers.jsonl');
  writeFileSync(lines, numbers.map((number, i) => `{"key":${i % 10},"x":${number}}\n`).join(''));
  const groups = grouped([...numbers.keys()], (i) => i % 10);
  const of = async (...args: string[]) => seen(await host(['run', lines, '--parse', 'json', '--aggregate', ...args]));

  it.each([[[]], ...SPLITS.map((how) => [how])])('sums exactly, and finds quantiles (%j)', async (how) => {
    const sums = await of('stats', '-p', 'of=x', '--by', 'key', ...how);
    const wanted = groups.map(([key, at]) => [key, ...Object.values(statsOf(at.map((i) => numbers[i] as number)))]);
    const read = (text: string) =>
      text
        .trim()
        .split('\n')
        .slice(1)
        .map((row) => row.split(',').map(Number));
    expect([sums.status, sums.stderr]).toEqual([0, '']);
    expect(read(sums.stdout)).toEqual(wanted);
    const quantiles = await of('quantiles', '-p', 'of=x', '-p', 'at=1,50,99', '--by', 'key', ...how);
    expect(read(quantiles.stdout)).toEqual(
      groups.map(([key, at]) => [
        key,
        ...[1, 50, 99].map((one) =>
          quantileOf(
            at.map((i) => numbers[i] as number),
            one,
          ),
        ),
      ]),
    );
  });

  it('rounds sum and mean once, of numbers of all sizes', async () => {
    let seed = 11;
    const next = (limit: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor(seed / 65536) % limit;
    };
    const mantissa = () => 1 + (next(32768) * 32768 * 128 + next(32768) * 128 + next(128)) / 2 ** 37;
    const kinds: (() => number)[] = [
      () => mantissa() * 2 ** (next(2000) - 1022),
      () => next(9) * 2 ** -1074,
      () => mantissa() * 2 ** (next(8) - 1026),
      () => Math.round(mantissa() * 2 ** (52 + next(8))),
      () => 2 ** 53 + next(64) * 2,
      () => next(100) / 10,
      () => mantissa() * 2 ** (1010 + next(10)),
      () => next(3),
    ];
    const sets = Array.from({ length: 3000 }, (_, i) => {
      const [one, other] = [kinds[i % kinds.length], kinds[next(kinds.length)]] as [() => number, () => number];
      return Array.from({ length: 1 + next(9) }, () => (next(2) ? one() : other()) * (next(3) ? 1 : -1) + 0);
    });
    // Numbers whose rounded sum, divided, is not their mean.
    sets.push(
      [2 ** 53, 1, 1],
      [2 ** 53, 2, 1],
      [3 * 2 ** -1074, 0],
      [1.7e308, 1.7e308, -1.7e308],
      [-(2 ** -1074), 0, 0],
    );
    const path = join(folder, 'sizes.jsonl');
    const rows = sets.flatMap((set, key) => set.map((x) => `{"key":${key},"x":${x}}\n`));
    writeFileSync(path, rows.sort((a, b) => (a.length % 7) - (b.length % 7)).join(''));
    const wanted = csv(
      'key,count,sum,min,max,mean',
      sets.map((set, key) => [key, ...Object.values(statsOf(set)).map(Number)]),
    );
    const twice = sets.filter((set) => {
      const { count, sum, mean } = statsOf(set);
      return Number(sum) / count !== mean;
    });
    expect(twice.length).toBeGreaterThan(100);
    const read = (text: string) =>
      text.split('\n').map((row) => row.split(',').map((cell) => (cell ? Number(cell) : cell)));
    for (const how of SPLITS) {
      const args = ['--parse', 'json', '--aggregate', 'stats', '-p', 'of=x', '--by', 'key:integer', ...how];
      const { status, stdout, stderr } = seen(await host(['run', path, ...args]));
      expect([status, stderr]).toEqual([0, '']);
      expect(read(stdout)).toEqual(read(wanted));
    }
  });

  it('rounds the mean of integers above 2^53 once', async () => {
    const sets = Array.from({ length: 500 }, (_, i) =>
      Array.from({ length: 1 + (i % 9) }, (_, k) => {
        const bits = BigInt.asUintN(59, BigInt(i * 9 + k + 1) * 0x9e3779b97f4a7c15n);
        return (i + k) % 3 === 0 ? -bits : bits;
      }),
    );
    const path = join(folder, 'integers.jsonl');
    writeFileSync(path, sets.flatMap((set, key) => set.map((x) => `{"key":${key},"x":${x}}\n`)).join(''));
    const args = ['--parse', 'json', '--aggregate', 'stats', '-p', 'of=x', '-p', 'type=integer', '--by', 'key:integer'];
    const { stdout } = seen(await host(['run', path, ...args]));
    const found = stdout.trim().split('\n').slice(1);
    const sums = sets.map((set) => set.reduce((sum, x) => sum + x, 0n));
    expect(found.map((row) => row.split(',')[2])).toEqual(sums.map(String));
    expect(found.map((row) => Number(row.split(',')[5]))).toEqual(
      sums.map((sum, i) => nearestTo(sum, BigInt((sets[i] as bigint[]).length))),
    );
  });

  it('ends with an error if a sum is none', async () => {
    const input = '{"x":1.7e308}\n{"x":1.7e308}\n';
    const { status, stdout, stderr } = seen(
      await host(['run', '--parse', 'json', '--aggregate', 'stats', '-p', 'of=x'], { input }),
    );
    expect([status, stdout]).toEqual([2, 'count,sum,min,max,mean\n']);
    expect(stderr).toContain('the sum of a group is greater than any real number');
  });
});

describe('host run --aggregate', () => {
  it.each([
    [['stats'], 'the option "of" is missing'],
    [['stats', '-p', 'of=nothing'], 'nothing'],
    [['quantiles', '-p', 'of=bytes', '-p', 'at=101'], 'the option "at" is no list of percentages'],
    [['first', '-p', 'of=path', '-p', 'by=status'], 'status is an integer, and it is asked for as a time'],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
