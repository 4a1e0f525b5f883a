import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { host, LOGS, seen, without } from '../command.js';

const folder = makeScratch();

/** Reads fields letter by letter: a second opinion. */
function fieldsOf(line: string, separator: string): (string | null)[] | undefined {
  const fields: (string | null)[] = [];
  for (let at = 0; ; at++) {
    let text = '';
    if (line[at] === '"') {
      for (at++; line[at] !== '"' || line[at + 1] === '"'; at++) {
        if (at >= line.length) return undefined;
        if (line[at] === '"') at++;
        text += line[at];
      }
      at++;
      if (at < line.length && line[at] !== separator) return undefined;
      fields.push(text);
    } else {
      for (; at < line.length && line[at] !== separator; at++) text += line[at];
      if (text.endsWith('"')) return undefined;
      fields.push(text || null);
    }
    if (at >= line.length) return fields;
  }
}

const run = async (inputs: string[], ...args: string[]) =>
  seen(await host(['run', ...inputs, '--parse', 'delimited', ...args]));

const rowsOf = (stdout: string) =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((row) => JSON.parse(row));

/** Writes lines into a file and returns its path. */
function file(name: string, lines: string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

describe('host run --parse delimited', () => {
  it('reads each file by its own header', async () => {
    const one = file('one.csv', ['name,size,when', '"a ""b"", c",17,2026-01-31', ',x,']);
    const two = file('two.csv', ['\ufeffsize,other,name\r', '1.5,,""\r', 'short\r']);
    const args = ['--columns', 'name,size:real,when:time', '--export', 'jsonl'];
    const { status, stdout, stderr } = await run([one, two], ...args);
    expect([status, stdout, stderr]).toEqual([
      0,
      '{"name":"a \\"b\\", c","size":17,"when":"2026-01-31T00:00:00Z"}\n' +
        '{"name":null,"size":null,"when":null}\n{"name":"","size":1.5,"when":null}\n',
      `host: delimited: 1 of 6 lines do not fit; the first is ${two}, line 3\n`,
    ]);
    const named = ['-p', 'columns=name,size,when', '--columns', 'size', '--export', 'jsonl'];
    expect(rowsOf((await run([one], ...named)).stdout)).toEqual([{ size: 'size' }, { size: '17' }, { size: 'x' }]);
  });

  it('reads tabs, and quotes as letters', async () => {
    const path = file('tabs.tsv', ['a\tb', '"x\t1', 'y\t2']);
    const options = ['-p', 'separator=tab', '-p', 'quotes=false'];
    expect((await run([path], ...options, '--columns', 'b,a')).stdout).toBe('b,a\n1,"""x"\n2,y\n');
  });

  it('takes the names of columns as a list', async () => {
    const path = file('listed.csv', ['1 2']);
    const options = ['-p', 'columns=["a","b,c"]', '-p', 'separator=space'];
    expect((await run([path], ...options, '--columns', '`b,c`,a')).stdout).toBe('"b,c",a\n2,1\n');
  });

  it('reads the logs of CloudFront and of Zeek', async () => {
    const cloudfront = file('cloudfront.tsv', [
      '#Version: 1.0',
      '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(User-Agent)',
      '2019-12-04\t21:02:31\tLAX1\t392\t192.0.2.100\tGET\td111.example.net\t/index.html\t200\tMozilla/5.0%20(X11)',
      '2019-12-04\t21:02:32\tLAX1\t-\t192.0.2.101\tGET\td111.example.net\t/a b\t404\t-',
    ]);
    const tabs = ['-p', 'header=w3c', '-p', 'separator=tab', '--columns', 'time:time,sc-bytes:integer,cs-uri-stem'];
    expect(await run([cloudfront], ...tabs)).toEqual({
      status: 0,
      stdout: 'time,sc-bytes,cs-uri-stem\n2019-12-04T21:02:31Z,392,/index.html\n2019-12-04T21:02:32Z,,/a b\n',
      stderr: '',
    });
    const zeek = file('conn.log', [
      '#separator \\x09',
      '#set_separator\t,',
      '#empty_field\t(empty)',
      '#unset_field\t-',
      '#path\tconn',
      '#open\t2011-03-18-19-06-07',
      '#fields\tts\tuid\tid.orig_h\tid.orig_p\tproto\tservice\tduration\torig_bytes\ttunnel_parents',
      '#types\ttime\tstring\taddr\tport\tenum\tstring\tinterval\tcount\tset[string]',
      '1300475167.096535\tCXWv6p3arKYeMETxOg\t141.142.220.202\t5353\tudp\tdns\t-\t-\t(empty)',
      '1300475168.853899\tCCvvfg3TEfuqmmG4bh\t141.142.220.118\t43927\tudp\t"dns\t0.000435\t38\tC1,C2',
      '#close\t2011-03-18-19-06-13',
    ]);
    const columns = 'ts:time,id.orig_p:integer,service,duration:real,tunnel_parents';
    expect(await run([zeek], '-p', 'header=zeek', '--columns', columns, '--export', 'jsonl')).toEqual({
      status: 0,
      stdout:
        '{"ts":"2011-03-18T19:06:07.096535Z","id.orig_p":5353,"service":"dns","duration":null,"tunnel_parents":""}\n' +
        '{"ts":"2011-03-18T19:06:08.853899Z","id.orig_p":43927,"service":"\\"dns","duration":0.000435,"tunnel_parents":"C1,C2"}\n',
      stderr: '',
    });
  });

  it.each([
    [['-p', 'columns=a,b', '--columns', 'c'], 'c'],
    [['-p', 'columns=a,a', '--columns', 'a'], 'the option "columns" has a name twice'],
    [
      ['-p', 'separator=é', '--columns', 'a'],
      'the option "separator" is neither one of the words comma, pipe, semicolon, space and tab nor one ASCII character',
    ],
    [['-p', 'header=second', '--columns', 'a'], 'header'],
    [['-p', 'columns=["a","a"]', '--columns', 'a'], 'the option "columns" has a name twice'],
    [['-p', 'columns=["a",', '--columns', 'a'], 'write it as JSON, such as ["a","b"]'],
  ])('refuses %j', async (args, message) => {
    const { status, stderr } = await run([file('refused.csv', ['a,b'])], ...args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it('says that a stage before it left out the header', async () => {
    const path = file('filtered.csv', ['a,b', 'x,1', 'y,2']);
    const filtered = ['run', path, '--filter', 'contains', '-p', 'text=y', '--parse', 'delimited'];
    const { status, stderr } = seen(await host([...filtered, '--columns', 'b']));
    expect(status).toBe(2);
    expect(stderr).toContain('the header of the input is left out before the parser');
    const named = await host([...filtered, '-p', 'columns=a,b', '--columns', 'b']);
    expect(seen(named)).toEqual({ status: 0, stdout: 'b\n2\n', stderr: '' });
    // A part of a file may lack the header that its first lines have.
    const rotated = file('rotated.log', ['#Fields: a b', 'x 1', '#Fields: b a', '2 y']);
    const parsed = ['--parse', 'delimited', '-p', 'header=w3c', '--columns', 'a,b', '--export', 'csv'];
    const part = async (begin: number, end: number) =>
      seen(await host(['run', '--plan', '-', ...parsed], { input: JSON.stringify({ input: rotated, begin, end }) }));
    expect(await part(16, 34)).toEqual({ status: 0, stdout: 'a,b\ny,2\n', stderr: '' });
    expect((await part(8, 34)).stderr).toContain('the header of the input is left out before the parser');
  });

  it.skipIf(without.where)('writes what filters keep by the header of its file, with any block size', async () => {
    const one = file('sizes.csv', [
      'name,size',
      ...Array.from({ length: 900 }, (_, i) => `${'n'.repeat(i % 30)},${i}`),
    ]);
    const two = file('names.csv', ['', 'size,name', '', '7,x', '899,y', '7,x,z']);
    for (const how of [[], ['-j', '4', '--block-size', '4096'], ['--isolate']]) {
      const args = ['--where', 'size > 897', '--columns', 'size,name', ...how];
      expect(await run([one, two], ...args)).toEqual({
        status: 0,
        stdout: `size,name\n898,${'n'.repeat(28)}\n899,${'n'.repeat(29)}\n899,y\n`,
        stderr: `host: delimited: 1 of 907 lines do not fit; the first is ${two}, line 6\n`,
      });
    }
  });

  it.skipIf(without.where)(`passes headers by conditions${without.where}`, async () => {
    const one = file('where-one.csv', ['a,b', 'x,1', 'short', 'y,2', 'z,3', 'x,4']);
    const two = file('where-two.csv', ['b,a', '5,x', '6,y']);
    const condition = ['--where', 'a = "x"', '--columns', 'b'];
    const unfit = 'host: delimited: 1 of 9 lines do not fit; the first is ';
    const unparsed = join(folder, 'where-unparsed');
    for (const how of [[], ['--block-size', '4096', '-j', '2'], ['--isolate'], ['--unparsed', unparsed]]) {
      expect(await run([one, two], ...condition, ...how)).toEqual({
        status: 0,
        stdout: 'b\n1\n4\n5\n',
        stderr: `${unfit}${one}, line 3\n`,
      });
    }
    expect(readFileSync(unparsed, 'utf8')).toBe('short\n');
    const numbered = await run([one, two], ...condition, '-n', '-m', '1');
    expect(numbered.stdout).toBe('line,b\n2,1\n2,5\n');
    expect(await run([one], '--where', 'a = "none"', '--columns', 'b')).toMatchObject({ status: 1, stdout: 'b\n' });
    const log = file('where.w3c', [
      '#Fields: date time cs-uri sc-status',
      '2026-01-31 09:30:00 /a 200',
      '2026-01-31 09:30:01 /b 404',
      '#Fields: sc-status date time cs-uri',
      '404 2026-01-31 09:30:02 /c',
      '404 2026-01-31 09:30:03 /d',
    ]);
    const w3c = ['-p', 'header=w3c', '--where', 'sc-status = 404', '--until', '2026-01-31T09:30:03Z'];
    expect((await run([log], ...w3c, '--time-column', 'time', '--columns', 'time:time,cs-uri')).stdout).toBe(
      'time,cs-uri\n2026-01-31T09:30:01Z,/b\n2026-01-31T09:30:02Z,/c\n',
    );
  });

  it('reads hostile lines as a second implementation does, whatever the split', async () => {
    const pieces = ['a', 'b', 'é', ',', ',', '"', '""', '","', ' ', '1'];
    let seed = 7;
    const next = (limit: number) => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor(seed / 65536) % limit;
    };
    const lines = Array.from({ length: 30_000 }, () =>
      Array.from({ length: next(9) }, () => pieces[next(pieces.length)]).join(''),
    );
    const wanted = lines
      .map((line) => fieldsOf(line, ','))
      .filter((fields) => fields?.length === 3)
      .map((fields) => ({ c: fields?.[2], a: fields?.[0] }));
    expect(wanted.length).toBeGreaterThan(1500);
    const path = file('hostile.csv', lines);
    for (const how of [[], ['-j', '1'], ['-j', '3', '--block-size', '4096']]) {
      const args = ['-p', 'columns=a,b,c', '--columns', 'c,a', '--export', 'jsonl', ...how];
      expect(rowsOf((await run([path], ...args)).stdout)).toEqual(wanted);
    }
    const headed = file('headed.csv', ['a,b,c', ...lines]);
    for (const how of [[], ['--block-size', '4096']]) {
      const { stdout } = await run([headed], '--columns', 'c,a', '--export', 'jsonl', ...how);
      expect(rowsOf(stdout)).toEqual(wanted);
      if (without.where) continue;
      const kept = await run([headed], '--where', 'has(b)', '--columns', 'c,a,b', '--export', 'jsonl', ...how);
      expect(rowsOf(kept.stdout)).toEqual(
        lines
          .map((line) => fieldsOf(line, ','))
          .filter((fields) => fields?.length === 3 && fields[1] !== null)
          .map((fields) => ({ c: fields?.[2], a: fields?.[0], b: fields?.[1] })),
      );
    }
  });

  it('finds nothing in a file that has a header alone', async () => {
    const file = join(folder, 'header-alone.csv');
    writeFileSync(file, 'a,b\n');
    expect(await run([file], '--columns', 'a')).toEqual({ status: 1, stdout: 'a\n', stderr: '' });
  });

  it.skipIf(without.logs)(`reads a log of W3C as a second implementation does${without.logs}`, async () => {
    const path = join(LOGS, 'iis_w3c.log');
    const wanted: object[] = [];
    let names: string[] = [];
    for (const line of readFileSync(path, 'utf8')
      .replace(/\r?\n$/, '')
      .split(/\r?\n/)) {
      if (line.startsWith('#Fields: ')) names = line.slice(9).split(' ');
      const fields = line.startsWith('#') ? undefined : fieldsOf(line, ' ');
      if (fields?.length !== names.length || !fields) continue;
      const row = new Map(names.map((name, i) => [name, fields[i] === '-' ? null : fields[i]]));
      wanted.push({
        time: `${row.get('date')}T${row.get('time')}Z`,
        'cs-uri-stem': row.get('cs-uri-stem'),
        'cs(User-Agent)': row.get('cs(User-Agent)'),
        'sc-status': Number(row.get('sc-status')),
        'cs-username': row.get('cs-username'),
      });
    }
    const columns = 'time:time,cs-uri-stem,cs(User-Agent),sc-status:integer,cs-username';
    const { stdout, stderr } = await run([path], '-p', 'header=w3c', '--columns', columns, '--export', 'jsonl');
    expect(rowsOf(stdout)).toEqual(wanted);
    expect(wanted).toHaveLength(210);
    expect(stderr).toBe('host: delimited: none of 210 rows has a value in the column cs-username\n');
  });
});
