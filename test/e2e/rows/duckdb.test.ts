import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { DUCKDB, host, seen, without } from '../command.js';

const folder = makeScratch();
const noDuckdb = without.duckdb;

const METHODS = ['GET', 'POST', '-'] as const;
/** Lines of an access log without chance. One in 97 is no such line, and one path in 50 is no UTF-8. */
const lines = Array.from({ length: 20_000 }, (_, i) => {
  if (i % 97 === 0) return Buffer.from(`line ${i} is no request`);
  const path = i % 50 === 0 ? Buffer.from([0x2f, 0xff, 0xc3]) : Buffer.from(`/p/${(i * 7919) % 331},\\"x\\"`);
  const status = [200, 200, 304, 404, 500][i % 5];
  const minute = String(Math.floor(i / 500) % 60).padStart(2, '0');
  return Buffer.concat([
    Buffer.from(`10.0.${i % 256}.1 - - [31/Dec/2024:21:${minute}:00 +0100] "${METHODS[i % 2]} `),
    path,
    Buffer.from(` HTTP/1.1" ${status} ${i % 11 === 0 ? '-' : (i * 31) % 5000}`),
  ]);
});
const log = join(folder, 'access.log');
writeFileSync(log, Buffer.concat(lines.map((line) => Buffer.concat([line, Buffer.from('\n')]))));

const duckdb = async (args: readonly string[], options: Record<string, string>) =>
  seen(
    await host(
      [
        'run',
        log,
        ...args,
        '--export',
        'duckdb',
        ...Object.entries({ library: DUCKDB, ...options }).flatMap(([key, value]) => ['-p', `${key}=${value}`]),
      ],
      { cwd: folder },
    ),
  );
const parsed = (...columns: string[]) => ['--parse', 'access', '--unparsed', 'drop', '--columns', columns.join()];
const plain = async (...args: string[]) => seen(await host(['run', log, '--parse', 'access', ...args]));

describe.skipIf(noDuckdb)(`host run --export duckdb${noDuckdb}`, () => {
  it('answers queries as the host does', async () => {
    for (const [by, columns] of [
      ['status', ['status']],
      ['status,method', ['method', 'status']],
    ] as const) {
      const sql = `SELECT ${by}, count(*) AS count FROM rows GROUP BY ${by} ORDER BY ${by}`;
      const answer = await duckdb(parsed(...columns), { sql });
      expect(answer.stdout).toBe((await plain('--aggregate', 'count', '--by', by)).stdout);
      expect(answer.stdout.split('\n').length).toBeGreaterThan(4);
    }
  });

  it('gets every value of every type', async () => {
    const columns = ['host', 'user', 'path', 'status', 'bytes'];
    const sql = `SELECT ${columns.join()} FROM rows WHERE path NOT LIKE '%\u{fffd}%'`;
    const { status, stdout } = await duckdb(parsed(...columns), { sql });
    const all = await plain('--columns', columns.join());
    expect([status, stdout]).toEqual([0, all.stdout.replace(/^.*\u{fffd}.*\n/gmu, '')]);
    const time = await duckdb(parsed('time'), {
      sql: 'SELECT min(time), max(time)::VARCHAR, typeof(min(time)) t FROM rows',
    });
    expect(time.stdout).toBe(
      'min("time"),"CAST(max(""time"") AS VARCHAR)",t\n2024-12-31 20:00:00,2024-12-31 20:39:00,TIMESTAMP_NS\n'.replace(
        'min("time")',
        '"min(""time"")"',
      ),
    );
  });

  it('replaces what is no UTF-8, and says how much', async () => {
    const wanted = lines.filter((_, i) => i % 50 === 0 && i % 97 !== 0).length;
    const sql = `SELECT count(*) n FROM rows WHERE path = '/\u{fffd}\u{fffd}'`;
    const { stdout, stderr } = await duckdb(parsed('path'), { sql });
    expect(stdout).toBe(`n\n${wanted}\n`);
    expect(stderr).toContain(`host: duckdb: warning: ${wanted} texts are no UTF-8; what is none became U+FFFD\n`);
  });

  it('has a table for each --by', async () => {
    const aggregates = ['--aggregate', 'count', '--by', 'status', '--aggregate', 'count', '--by', 'method'];
    const sql =
      'SELECT (SELECT sum(count) FROM rows) a, (SELECT sum(count) FROM rows2) b, (SELECT count(*) FROM rows2) n;';
    const { stdout } = await duckdb(['--parse', 'access', ...aggregates], { sql });
    const rows = lines.filter((_, i) => i % 97 !== 0).length;
    expect(stdout).toBe(`a,b,n\n${rows},${rows},2\n`);
  });

  it('takes lines without a parser', async () => {
    const sql = 'SELECT count(*) n, min("offset") AS first FROM rows WHERE text LIKE \'line%\'';
    const at = lines.filter((_, i) => i % 97 === 0).length;
    expect((await duckdb([], { sql })).stdout).toBe(`n,first\n${at},0\n`);
  });

  it('writes Parquet files of rows and of answers', async () => {
    const [all, some] = [join(folder, "a 'file'.parquet"), join(folder, 'some.parquet')];
    expect(await duckdb(parsed('status', 'bytes'), { parquet: all })).toMatchObject({ status: 0, stdout: '' });
    await duckdb(parsed('status'), { parquet: some, sql: 'SELECT status FROM rows WHERE status = 404' });
    const sql = `SELECT (SELECT count(*) FROM '${all.replaceAll("'", "''")}') a, (SELECT count(*) FROM '${some}') b`;
    const [rows, not] = [0, 4].map(
      (rest) => lines.filter((_, i) => i % 97 !== 0 && (rest === 0 || i % 5 === 3)).length,
    );
    expect((await duckdb([], { sql })).stdout).toBe(`a,b\n${rows},${not}\n`);
  });

  it('writes a Parquet file whole or not at all', async () => {
    const place = join(folder, 'parquet');
    mkdirSync(place);
    const parquet = join(place, 'x.parquet');
    const fails = `SELECT CASE WHEN "offset" > 500000 THEN error('late') ELSE "offset" END AS o FROM rows`;
    const failed = {
      status: 2,
      stdout: '',
      stderr: expect.stringContaining('the query fails: Invalid Input Error: late'),
    };
    expect(await duckdb([], { parquet, sql: fails })).toEqual(failed);
    expect(readdirSync(place)).toEqual([]);
    await duckdb([], { parquet });
    const whole = readFileSync(parquet);
    expect(await duckdb([], { parquet, sql: fails })).toEqual(failed);
    expect(readdirSync(place)).toEqual(['x.parquet']);
    expect(readFileSync(parquet)).toEqual(whole);
    // What DuckDB would call the file until it is whole.
    const own = join(place, 'tmp_y.parquet');
    writeFileSync(own, 'mine');
    for (const [sql, status] of [
      [fails, 2],
      ['FROM rows', 0],
      [fails, 2],
    ] as const) {
      expect((await duckdb([], { parquet: join(place, 'y.parquet'), sql })).status).toBe(status);
      expect(readFileSync(own, 'utf8')).toBe('mine');
    }
  });

  it('keeps a database as it was when the run fails', async () => {
    const database = join(folder, 'logs.db');
    expect((await duckdb(parsed('status'), { database })).status).toBe(0);
    const failed = await duckdb(parsed('status', 'bytes'), {
      database,
      table: 'more',
      sql: 'SELECT sqrt(-1) FROM more',
    });
    expect(failed.status).toBe(2);
    expect(failed.stderr).toContain(
      'the query fails: Out of Range Error: cannot take square root of a negative number',
    );
    const again = await duckdb(parsed('status'), { database });
    expect(again.stderr).toContain('the table cannot be made: Catalog Error: Table with name "rows" already exists!');
    const sql = 'SELECT string_agg(name) AS tables FROM (SHOW TABLES)';
    expect((await duckdb([], { database, table: 'temporary', sql })).stdout).toBe('tables\n"rows,temporary"\n');
  });

  it('refuses a database that would not keep the table', async () => {
    writeFileSync(join(folder, 'answer.csv'), 'a,b\n1,2\n');
    const refused = 'the option "database" is no database that keeps a table: DuckDB would have it in memory alone';
    for (const database of ['answer.csv', ':memory:']) {
      const { status, stderr } = await duckdb(parsed('status'), { database });
      expect([status, stderr]).toEqual([2, expect.stringContaining(refused)]);
    }
    const sql = 'SELECT count(DISTINCT status) AS n FROM rows';
    expect((await duckdb(parsed('status'), { database: ':memory:', sql })).stdout).toBe('n\n4\n');
  });

  it('quotes what CSV needs quoted, and tells null from an empty text', async () => {
    const sql = `SELECT NULL a, '' b, 'x"y' c, 'x,y' d, [1, 2] e, 'twelve bytes' f, 'more than twelve bytes' g -- a comment`;
    expect((await duckdb([], { sql })).stdout).toBe(
      'a,b,c,d,e,f,g\n,"","x""y","x,y","[1, 2]",twelve bytes,more than twelve bytes\n',
    );
    expect((await duckdb([], { sql: 'SELECT NULL a' })).stdout).toBe('a\n""\n');
  });

  it('gets points in time whatever the time zone of what is written', async () => {
    const sql = 'SELECT typeof(min(time)) AS kind, min(time) AS earliest FROM rows';
    const inUtc = await duckdb(parsed('time'), { sql });
    expect(inUtc.stdout).toMatch(/^kind,earliest\nTIMESTAMP_NS,/);
    expect(await duckdb([...parsed('time'), '--tz', 'Asia/Kolkata'], { sql })).toEqual(inUtc);
    const days = ['--parse', 'access', '--aggregate', 'count', '--by', 'time:1d', '--tz', 'Asia/Kolkata'];
    expect((await duckdb(days, { sql })).stdout).toMatch(/^kind,earliest\nTIMESTAMP_NS,\S+ 18:30:00\n$/);
  });

  it('works isolated with lines', async () => {
    expect((await duckdb(['--isolate'], { sql: 'SELECT count(*) n FROM rows' })).stdout).toBe(`n\n${lines.length}\n`);
  });

  it.each<[Record<string, string>, string]>([
    [{}, 'there is nothing to do'],
    [{ sql: 'SELEC 1' }, 'Parser Error: syntax error at or near "SELEC"'],
    [{ sql: 'SELECT pat FROM rows' }, 'Referenced column "pat" not found'],
    [{ sql: 'SELECT 1; SELECT 2' }, 'Cannot prepare multiple statements'],
    [{ sql: 'DROP TABLE rows' }, 'the option "sql" is no query'],
    [{ sql: '' }, 'there is nothing to do'],
    [{ parquet: '/dev/stdout' }, 'the option "parquet" is standard output: name a file'],
    [{ sql: 'SELECT 1', memory: 'lots' }, 'DuckDB refuses this option: memory_limit'],
    [{ sql: 'SELECT 1', threads: '0' }, 'the option "threads"'],
    [{ sql: 'SELECT 1', library: 'missing.so' }, "DuckDB's library cannot be opened"],
    [{ database: '/missing/x.db' }, 'the database cannot be opened'],
    [{ parquet: '/missing/x.parquet' }, 'Cannot open file'],
  ])('refuses %j', async (options, message) => {
    const { status, stdout, stderr } = await duckdb(parsed('path'), options);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});
