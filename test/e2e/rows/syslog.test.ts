import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { host, LOGS, seen, without } from '../command.js';

const run = async (input: string, ...args: string[]) =>
  seen(await host(['run', '--parse', 'syslog', ...args], { input }));

const months = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const severities = 'emerg alert crit err warning notice info debug'.split(' ');

/** Reads a line of RFC 3164 in 2024 and UTC by one regular expression: a second opinion. */
function readLine(line: string) {
  const match =
    /^(?:<(\d{1,3})>)?(\w{3}) +(\d+) (\d\d:\d\d:\d\d) (\S+) (?:([^\s[:]+)(?:\[([^\]]*)\])?:(?: |$))?(.*)$/.exec(line);
  if (!match) return undefined;
  const [, priority, month = '', day, clock, hostName, app = null, pid, message] = match;
  const date = [2024, months.indexOf(month) / 3 + 1, day].map((part) => String(part).padStart(2, '0')).join('-');
  const number = Number(priority);
  return {
    time: `${date}T${clock}Z`,
    host: hostName,
    app,
    pid: pid ? Number(pid) : null,
    severity: priority ? (severities[number % 8] ?? null) : null,
    message,
  };
}

const names = 'time,host,app,pid,severity:text,message';

describe('host run --parse syslog', () => {
  const input = [
    '<165>1 2003-10-11T22:14:15.003Z mymachine.example.com evntslog 8710 ID47 [exampleSDID@32473 iut="3"] \ufeffIt is done',
    "<34>Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick",
    'Feb 29 01:02:03 combo sshd(pam_unix)[19939]: check pass',
    'no syslog',
    '2024-05-07T11:59:43.5+02:00 combo systemd[1]: Started',
  ].join('\n');

  it('reads both formats, with a year and a zone for times without', async () => {
    const all = ['--columns', `${names},msgid,data`, '--export', 'jsonl'];
    const unfit = 'host: syslog: 1 of 5 lines do not fit; the first is (standard input), line 4\n';
    const rows = (first: string | null, second: string | null) =>
      [
        '{"time":"2003-10-11T22:14:15.003Z","host":"mymachine.example.com","app":"evntslog","pid":8710,"severity":"notice","message":"It is done","msgid":"ID47","data":"[exampleSDID@32473 iut=\\"3\\"]"}',
        `{"time":${JSON.stringify(first)},"host":"mymachine","app":"su","pid":null,"severity":"crit","message":"'su root' failed for lonvick","msgid":null,"data":null}`,
        `{"time":${JSON.stringify(second)},"host":"combo","app":"sshd(pam_unix)","pid":19939,"severity":null,"message":"check pass","msgid":null,"data":null}`,
        '{"time":"2024-05-07T09:59:43.5Z","host":"combo","app":"systemd","pid":1,"severity":null,"message":"Started","msgid":null,"data":null}\n',
      ].join('\n');
    expect(await run(input, ...all)).toEqual({ status: 0, stdout: rows(null, null), stderr: unfit });
    expect(await run(input, '-p', 'year=2024', '-p', 'zone=-07:00', ...all)).toEqual({
      status: 0,
      stdout: rows('2024-10-12T05:14:15Z', '2024-02-29T08:02:03Z'),
      stderr: unfit,
    });
  });

  it('reads counts of bytes, years and fractions of seconds', async () => {
    const odd = [
      '63 <13>1 2026-11-27T10:00:00Z h a p m - with its count of bytes',
      '7 <13>Nov 27 10:00:00.25 h a[1]: b',
      'Nov  7 2025 10:00:00,123456789012 h a: b',
      'Feb 29 2024 10:00:00 h a: b',
      'Feb 29 2025 10:00:00 h a: b',
      '2026-11-27T10:00:00.5+0100 h a[1]: b',
      '7 Nov 27 10:00:00 h a: b',
      '0 <13>Nov 27 10:00:00 h a: b',
      '1234567890 <13>Nov 27 10:00:00 h a: b',
      'Nov 27 26 10:00:00 h a: b',
      'Nov 27 10:00:00. h a: b',
    ].join('\n');
    expect(await run(odd, '-p', 'year=2026', '--columns', 'time,app,message')).toEqual({
      status: 0,
      stdout: [
        'time,app,message',
        '2026-11-27T10:00:00Z,a,with its count of bytes',
        '2026-11-27T10:00:00.25Z,a,b',
        '2025-11-07T10:00:00.123456789Z,a,b',
        '2024-02-29T10:00:00Z,a,b',
        ',a,b',
        '2026-11-27T09:00:00.5Z,a,b\n',
      ].join('\n'),
      stderr: 'host: syslog: 5 of 11 lines do not fit; the first is (standard input), line 7\n',
    });
    const without = await run(odd, '--aggregate', 'count', '--by', 'time:1d');
    expect(without.stdout).toBe(
      'time,count\n,2\n2024-02-29T00:00:00Z,1\n2025-11-07T00:00:00Z,1\n2026-11-27T00:00:00Z,2\n',
    );
  });

  it('reads years and zones behind the clock', async () => {
    const odd = [
      '<13>Oct 11 22:14:15 2024 h a[1]: b',
      'Oct 11 22:14:15.5 2024 -08:00 h a: b',
      'Oct 11 22:14:15 UTC h a: b',
      'Oct 11 22:14:15 +0200 2024 h a: b',
      'Oct 11 22:14:15Z h a: b',
      'Oct 11 2024 22:14:15+02 h a: b',
      'Oct 11 2024 22:14:15 2023 h a: b',
      'Oct 11 22:14:15 CEST a: b',
      'Oct 11 22:14:15 UTC',
    ].join('\n');
    expect(await run(odd, '-p', 'year=2026', '-p', 'zone=+01:00', '--columns', 'time,host,app,message')).toEqual({
      status: 0,
      stdout: [
        'time,host,app,message',
        '2024-10-11T21:14:15Z,h,a,b',
        '2024-10-12T06:14:15.5Z,h,a,b',
        '2026-10-11T22:14:15Z,h,a,b',
        '2024-10-11T20:14:15Z,h,a,b',
        '2026-10-11T22:14:15Z,h,a,b',
        '2024-10-11T20:14:15Z,h,a,b',
        '2024-10-11T21:14:15Z,2023,,h a: b',
        '2026-10-11T21:14:15Z,CEST,a,b',
        '2026-10-11T21:14:15Z,,,UTC\n',
      ].join('\n'),
      stderr: '',
    });
  });

  it.skipIf(without.where)('compares severities by name and by number', async () => {
    const by = ['--aggregate', 'count', '--by', 'facility,severity'];
    expect((await run(input, '--where', 'severity <= 3', ...by)).stdout).toBe('facility,severity,count\n4,2,1\n');
    // A name that is none, in a condition that keeps no row.
    const hint =
      'host: syslog: no row is kept by a condition about texts of severity; --aggregate count --by severity:text shows which there are\n';
    const fit = input.replace('no syslog\n', '');
    const other = ['--where', 'severity = "error"'];
    expect(await run(fit, ...other, '--aggregate', 'count')).toEqual({
      status: 1,
      stdout: 'count\n0\n',
      stderr: hint,
    });
    expect(await run(fit, ...other, '--where', 'pid = 1')).toEqual({ status: 1, stdout: '', stderr: hint });
    expect((await run(fit, ...other, '--where', 'app = "nobody"', '--export', 'jsonl')).stderr).toBe(hint);
    expect((await run(fit, '--where', 'app = "nobody"')).stderr).toBe('');
    expect((await run(input, '--where', 'severity = "notice"', ...by)).stdout).toBe(
      'facility,severity,count\n20,5,1\n',
    );
    // By their names, err would come after debug.
    expect((await run(input, '--where', 'severity <= "err"', ...by)).stderr).toContain(
      'the column severity holds numbers; compare it with a number without quotes',
    );
  });

  it.each([
    ['year=1000', 'year'],
    ['zone=CET', 'the option "zone" is neither Z nor hours and minutes such as +01:00'],
  ])('refuses -p %s', async (option, message) => {
    const { status, stderr } = await run('', '-p', option, '--columns', 'time');
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  it.skipIf(without.logs).each(['loghub_Linux_2k.log', 'loghub_OpenSSH_2k.log'])(
    `reads %s as a second implementation does${without.logs}`,
    async (file) => {
      const path = join(LOGS, file);
      const lines = readFileSync(path, 'utf8')
        .replace(/\r?\n$/, '')
        .split(/\r?\n/);
      const args = ['run', path, '--parse', 'syslog', '-p', 'year=2024', '--columns', names, '--export', 'jsonl'];
      const { status, stdout, stderr } = seen(await host(args));
      // Files of RFC 3164 have no priority.
      const told = 'host: syslog: none of 2,000 rows has a value in the column severity\n';
      expect([status, stderr]).toEqual([0, told]);
      expect(
        stdout
          .split('\n')
          .slice(0, -1)
          .map((row) => JSON.parse(row)),
      ).toEqual(lines.map(readLine));
    },
  );
});
