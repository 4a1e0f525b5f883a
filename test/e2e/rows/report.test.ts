import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Page, withoutBrowser } from '../../helpers/browser.js';
import { makeScratch } from '../../helpers/compile.js';
import { builtIn, host, seen, without } from '../command.js';

const folder = makeScratch();
const hostile = '/<img src=x onerror=alert(1)>&amp;';
const minutes = ['21:00', '21:04', '23:59'];
/** Every tenth line is no request, and one in seven has a path that would be markup. */
const lines = Array.from({ length: 1000 }, (_, i) =>
  i % 10 === 3
    ? `line ${i}`
    : `10.0.0.${i % 30} - - [31/Dec/2024:${minutes[i % 3]}:00 +0000] "GET ${i % 7 === 0 ? hostile.replaceAll(' ', '%20') : `/p/${i % 40}`} HTTP/1.1" ${[200, 404, 500][i % 3]} ${i}`,
);
const log = join(folder, 'access.log');
writeFileSync(log, `${lines.join('\n')}\n`);
const requests = lines.filter((line) => !line.startsWith('line'));

const report = async (...args: string[]) => seen(await host(['report', ...args], { cwd: folder }));
/** Returns the titles of a page's panels. */
const titlesOf = (page: string) => [...page.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, title]) => title);

/** Returns the tables of a page by the headings above them, as texts of cells. */
async function tablesOf(page: Page): Promise<Record<string, string[][]>> {
  return page.evaluate(`Object.fromEntries([...document.querySelectorAll('section')].map((section) => [
    section.querySelector('h2').textContent,
    [...section.querySelectorAll('tbody tr, dl div')].map((row) => [...row.children].map((cell) => cell.textContent)),
  ]))`);
}

describe('host report', () => {
  it('writes the same page each time, to a file or to standard output', async () => {
    const file = join(folder, 'same.html');
    const printed = await report('access.log', '--parse', 'access');
    expect([printed.status, printed.stderr]).toEqual([0, '']);
    expect(await report('access.log', '--parse', 'access', '-o', file)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readFileSync(file, 'utf8')).toBe(printed.stdout);
    expect((await report('access.log', '--parse', 'access', '-j', '2', '--isolate')).stdout).toBe(printed.stdout);
    expect(await report('access.log', '--parse', builtIn('access'))).toEqual(printed);
    expect(printed.stdout).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(printed.stdout).not.toContain('<script');
    expect(printed.stdout).not.toContain('<img');
  });

  it('reads lines as the flags of plughost run say', async () => {
    const { status, stdout, stderr } = await report(
      'access.log',
      '--parse',
      'access',
      '--max-line',
      '9',
      '--long-lines',
      'skip',
    );
    expect([status, stderr]).toEqual([0, 'host: 900 lines are longer than 9 B, and left out; see --max-line\n']);
    expect(stdout).toContain('There is nothing to show');
  });

  it.skipIf(without.json)('draws a panel once that the preset has and a flag asks for, also from states', async () => {
    writeFileSync(join(folder, 'twice.jsonl'), '{"level":"info","time":"2024-12-31T21:00:00Z"}\n');
    const asked = ['level', 'severity', 'ts:1m', 'time:1m', 'level'].flatMap((one) => ['--by', one]);
    const args = ['twice.jsonl', '--parse', 'json', ...asked, '--title', 'One'];
    const { status, stdout, stderr } = await report(...args);
    expect([status, stderr]).toEqual([0, '']);
    expect(titlesOf(stdout)).toEqual(['Over time, by time', 'Over time, by ts', 'By level', 'By severity']);
    expect(stdout).toContain('<h2>Over time, by ts</h2><p>None of 1 lines has a time in the column ts.</p>');
    expect(stdout).toContain('<h2>By level</h2><div class="wide">');
    expect(stdout).toContain('<h2>By severity</h2><p>None of 1 lines has a value in the column severity.</p>');
    await report(...args, '--emit-state', '-o', 'twice.state');
    const body = (page: string) => page.slice(page.indexOf('<section>'));
    expect(body((await report('twice.state')).stdout)).toBe(body(stdout));
  });

  it.skipIf(without.where)('makes the same page from states, however the log was split', async () => {
    // One that no line has, one that the preset has, and all forms of panels.
    const keys = ['bytes:log2', 'user', 'status', 'method,status', 'time:1h'].flatMap((one) => ['--by', one]);
    const times = ['--since', '2024-12-31T23:00', '--until', '2025-01-01T01:30', '--tz', '+02:00'];
    const by = [...keys, '--where', 'status != 200', '--where', 'bytes > 10', ...times];
    const counted = requests.filter((line) => Number(/ 404 (\d+)$/.exec(line)?.[1]) > 10).length;
    const cut = lines.slice(0, 333).join('\n').length + 1;
    const bytes = readFileSync(log);
    for (const [name, part] of [
      ['one.log', bytes.subarray(0, cut)],
      ['two.log', bytes.subarray(cut)],
    ] as const) {
      writeFileSync(join(folder, name), part);
      const written = await report(name, '--parse', 'access', ...by, '--emit-state', '-o', `${name}.state`);
      expect(written).toEqual({
        status: 0,
        stdout: '',
        stderr: expect.stringMatching(
          /^host: access: \d+ of \d+ lines do not fit; the first is (one|two)\.log, line \d\n$/,
        ),
      });
    }
    const wanted = await report('one.log', 'two.log', '--parse', 'access', ...by, '--title', 'Both');
    expect(wanted.stdout).toContain(`<h2>By user</h2><p>None of ${counted} lines has a value in the column user.</p>`);
    expect(wanted.stdout).toContain('<td>2024-12-31 23:04:00 +02:00</td>');
    const { status, stdout, stderr } = await report('two.log.state', 'one.log.state', '--title', 'Both');
    expect([status, stderr]).toEqual([0, '']);
    const sentences = (page: string) => page.match(/<p class="(?:facts|remark)">.*<\/p>/g);
    const size = bytes.length.toLocaleString('en-US');
    expect(sentences(stdout)).toEqual([
      `<p class="facts">1,000 lines, ${size} bytes of 2 files, read by the parser access; from 2 files of states.<br>${counted} lines are counted: what is left by where \`time\` &#62;= 2024-12-31T21:00:00.000000000Z and \`time\` &#60; 2024-12-31T23:30:00.000000000Z, where status != 200, where bytes &#62; 10.</p>`,
      '<p class="remark">100 lines do not have the format and are not counted.</p>',
    ]);
    const body = (page: string) => page.slice(page.indexOf('<section>'));
    expect(body(stdout)).toBe(body(wanted.stdout));
  });

  it.skipIf(without.json)('counts lines by any column, and says of which no line has a value', async () => {
    const lines = [
      { count: 7, 'a,b': ' ', '5': 'x'.repeat(400), time: '2024-12-31T21:00:00Z' },
      { count: 7, 'a,b': '', timestamp: '2024-12-31T21:00:00Z' },
      { count: 5 },
    ];
    writeFileSync(join(folder, 'odd.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    const by = ['count', '`a,b`', 'count,5', 'nope:integer', 'count:int'].flatMap((keys) => ['--by', keys]);
    const { status, stdout } = await report('odd.jsonl', '--parse', 'json', ...by);
    expect(status).toBe(0);
    const sections = stdout.split('<section>').slice(1);
    const shown = sections.map((section) => section.replace(/<svg.*<\/svg>|<details>.*<\/details>/gs, ''));
    const texts = shown.map((section) =>
      section
        .replace(/<\/(?:h2|p|tr)>/g, '\n')
        .replace(/<\/t[dh]>/g, ' ')
        .replace(/<[^>]*>/g, '')
        .replaceAll('&#34;', '"')
        .trim()
        .split(/ *\n/),
    );
    const heads = 'value lines share';
    expect(texts).toEqual([
      ['Over time, by time', 'Lines in each step of a minute. 2 lines have no such time.'],
      ['Over time, by timestamp', 'Lines in each step of a minute. 2 lines have no such time.'],
      ['By count', heads, '7 2 66.7 %', '5 1 33.3 %'],
      ['By `a,b`', heads, '(none) 1 33.3 %', '(empty) 1 33.3 %', '" " 1 33.3 %'],
      ['By count, 5', 'count 5 count.count', '5 (none) 1', '7 (none) 1', `7 ${'x'.repeat(300)}… (400 characters) 1`],
      ['By nope:integer', 'None of 3 lines has a whole number in the column nope.'],
      ['By count:int', 'None of 3 lines has a value in the column count:int.'],
    ]);
    writeFileSync(join(folder, 'other.jsonl'), '{"created_at":"2024-12-31T21:00:00Z"}\n');
    expect((await report('other.jsonl', '--parse', 'json')).stdout).toContain(
      'There is nothing to show: no line has a value in time, timestamp, @timestamp, ts, level, severity, service, logger, message, msg, error. The flag --by COLUMN counts lines by another column.',
    );
  });

  it.skipIf(without.where)(
    'draws the days of states by their time zone, and says which lines they are about',
    async () => {
      const where = ['--where', 'status >= 404', '--tz', 'Asia/Kolkata'];
      const asked = ['--aggregate', 'count', '--by', 'time:1d', '--emit-state', '-o', 'days.state'];
      await host(['run', 'access.log', '--parse', 'access', ...where, ...asked], { cwd: folder });
      const { stdout } = await report('days.state');
      const errors = requests.filter((line) => !line.includes('" 200 ')).length;
      expect(stdout).toContain(`<br>${errors} lines are counted: what is left by where status &#62;= 404.</p>`);
      expect(stdout).toContain('Lines in each step of a day.');
      expect(stdout).toContain(`<tbody><tr><td>2025-01-01 00:00:00 +05:30</td><td>${errors}</td></tr></tbody>`);
      expect(stdout).not.toContain('No line has a time');
    },
  );

  it('says how much of its states was read from streams', async () => {
    const piped = await host(['report', '-', '--parse', 'access', '--emit-state', '-o', 'piped.state'], {
      cwd: folder,
      input: `${requests[0]}\n`,
    });
    expect(seen(piped)).toEqual({ status: 0, stdout: '', stderr: '' });
    const { stdout } = await report('piped.state');
    expect(stdout).toContain('>1 line, 1 stream of unknown size, read by the parser access; from 1 file of states.<');
  });

  it('shows the states of any answers', async () => {
    const asked = [
      ...['--aggregate', 'count', '--by', 'time:1h', '--aggregate', 'count', '--by', 'status'],
      ...['--aggregate', 'stats', '-p', 'of=bytes', '--by', 'time:1h,status', '--aggregate', 'count'],
    ];
    const state = ['--emit-state', '-o', 'any.state'];
    await host(['run', 'access.log', '--parse', 'access', ...asked, ...state], { cwd: folder });
    const { status, stdout } = await report('any.state');
    expect(status).toBe(0);
    expect(titlesOf(stdout)).toEqual(['By time:1h', 'Statuses', 'By time:1h, status', 'All lines']);
    expect(stdout).toContain('<tr><th>time</th><th>status</th><th>count</th><th>sum</th>');
    expect(stdout).toContain('<tr><td>2024-12-31 21:00:00 UTC</td><td>200</td>');
  });

  it('refuses what it cannot make a page of', async () => {
    writeFileSync(join(folder, 'cut.state'), readFileSync(join(folder, 'any.state')).subarray(0, -9));
    const refused = async (...args: string[]) => (await report(...args)).stderr;
    expect(await refused('cut.state')).toBe('host: read the states cut.state: it is damaged: it ends too early\n');
    expect(await refused('any.state', 'access.log')).toBe(
      'host: report: no parser is given\n' +
        '      access.log is no file of states; name what reads its lines: --parse access or json or syslog\n',
    );
    expect(await refused('access.log', 'any.state', '--parse', 'access')).toBe(
      'host: report: any.state is a file of states, and no log\n      a page of states needs no parser: plughost report STATE...\n',
    );
    expect(await refused('any.state', 'any.state')).toContain('they would be counted twice');
    expect(await refused('any.state', 'one.log.state')).toContain('it does not fit to any.state');
    await report('access.log', '--parse', 'syslog', '--emit-state', '-o', 'syslog.state');
    expect(await refused('any.state', 'syslog.state')).toContain(
      'it does not fit to any.state: rows.parser.id is "org.plughost.syslog" and not "org.plughost.access"',
    );
    for (const [flag, value] of Object.entries({ by: 'status', where: 'status = 1', since: '1d', tz: '+01:00' }))
      expect(await refused('any.state', `--${flag}`, value)).toContain('are about logs, and these are states');
  });

  it('reads standard input', async () => {
    const named = await report('access.log', '--parse', 'access', '--title', 'a log');
    const args = ['report', '-', '--parse', 'access', '--title', 'a log'];
    const piped = seen(await host(args, { input: readFileSync(log) }));
    expect(piped).toEqual({ ...named, stdout: named.stdout.replace('access.log, line 4', '(standard input), line 4') });
  });

  it.skipIf(without.json || without.where)(
    'says that no line has a time, and gives classes of statuses colours of their own',
    async () => {
      const line = '10.0.0.1 - - [31/Dec/2024:21:00:00 +0000] "GET / HTTP/1.1" 500 1\n';
      writeFileSync(join(folder, 'few.log'), line.repeat(3));
      expect((await report('few.log', '--parse', 'access')).stdout).toContain('<span class="key series-3">5xx</span>');
      writeFileSync(join(folder, 'app.jsonl'), '{"level":"info"}\n');
      const { stdout, stderr } = await report('app.jsonl', '--parse', 'json', '--where', 'not nope > 1');
      expect(stderr).toBe('host: json: none of 1 rows has a value in the column nope\n');
      expect(stdout).toContain('No line has a time, so there is no chart of lines over time.<');
      writeFileSync(join(folder, 'system.log'), 'Dec 31 21:00:00 here app[1]: text\n');
      const { stdout: page } = await report('system.log', '--parse', 'syslog');
      expect(page).toContain('Times without a year, as RFC 3164 has them, need one: --parse syslog -p year=2026.<');
    },
  );

  it('says what does not fit and what could not be read', async () => {
    const { status, stdout, stderr } = await report('access.log', 'missing.log', '--parse', 'access');
    expect([status, stderr]).toEqual([2, 'host: open missing.log: no such file or directory\n']);
    expect(stdout).toContain('100 lines do not have the format and are not counted; the first is access.log, line 4.');
    expect(stdout).toContain('Not read: open missing.log: no such file or directory');
    expect(await report('missing.log', '--parse', 'access')).toEqual({ status: 2, stdout: '', stderr });
  });

  it.each([
    [['access.log'], 'report: no parser is given'],
    [['--parse', 'access'], 'report: no FILE is given'],
    [['access.log', '--parse', 'logfmt'], 'report: there is no preset for the parser logfmt'],
    [['access.log', '--parse', 'count'], 'it is no parser'],
    [['access.log', '--parse', 'access', '--by', 'pth'], 'report: --by pth: access has no column pth'],
    [['access.log', '--parse', 'access', '-o', 'access.log'], 'it is also an input'],
    [['access.log', '--parse', 'access', '--where', 'status >'], 'expr: a value is needed'],
    [
      ['access.log', '--parse', 'json', '--since', '1d'],
      'report: --since: json has columns of any name, so it must be said which is the time',
    ],
  ])('refuses %j', async (args, message) => {
    const { status, stdout, stderr } = await report(...args);
    expect([status, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });

  it('has a page without lines, too', async () => {
    writeFileSync(join(folder, 'empty.log'), '');
    const { status, stdout } = await report('empty.log', '--parse', 'access');
    expect(status).toBe(0);
    expect(stdout).toContain('There is nothing to show');
  });

  it.skipIf(withoutBrowser)(`shows the answers in a browser, which complains of nothing${withoutBrowser}`, async () => {
    const file = join(folder, 'report.html');
    await report('access.log', '--parse', 'access', '--by', 'bytes:500', '-o', file);
    const page = await Page.open();
    try {
      await page.goto(pathToFileURL(file).href);
      const tables = await tablesOf(page);
      const count = (test: RegExp) => requests.filter((line) => test.test(line)).length;
      const share = (number: number) => `${((100 * number) / requests.length).toFixed(1)} %`;
      expect(tables.Statuses).toEqual(
        [200, 404, 500]
          .map((status) => [String(status), count(new RegExp(`" ${status} `))] as const)
          .toSorted(([a, of], [b, other]) => other - of || Number(a) - Number(b))
          .map(([status, number]) => [status, String(number), share(number), '']),
      );
      expect(tables.Paths?.[0]).toEqual([
        hostile.replaceAll(' ', '%20'),
        String(count(/<img/)),
        share(count(/<img/)),
        '',
      ]);
      expect(tables.Paths?.at(-1)?.[0]).toBe('all others');
      const shown = tables.Paths?.reduce((sum, row) => sum + Number(row[1]), 0);
      expect(shown).toBe(requests.length);
      expect(tables['Different hosts']).toEqual([
        ['distinct', String(new Set(requests.map((line) => line.split(' ')[0])).size)],
      ]);
      // 180 minutes from the first to the last are 180 steps; each step has three classes.
      const steps = tables['Over time'] ?? [];
      expect(steps.length).toBe(180);
      expect(steps[0]).toEqual(['2024-12-31 21:00:00 UTC', String(count(/" 200 /)), '0', '0']);
      expect(steps.at(-1)).toEqual(['2024-12-31 23:59:00 UTC', '0', '0', String(count(/" 500 /))]);
      expect(tables['By bytes:500']?.map(([key]) => key).sort()).toEqual(['0', '500']);
      await page.prefer('dark');
      expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(21, 24, 28)');
      expect(page.complaints).toEqual([]);
      expect(page.requests).toEqual([pathToFileURL(file).href]);
    } finally {
      await page.close();
    }
  });
});
