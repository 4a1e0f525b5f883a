import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPlugin } from '../../src/index.js';
import { makeScratch } from '../helpers/compile.js';
import { builtIn, host, ROOT, seen, without } from './command.js';
import { outputOf, realLogs, writeHostileLogs } from './logs.js';
import { KINDS, type Kind, redactPlainly } from './redact-plainly.js';
import { expectSame } from './same.js';

const folder = makeScratch();
const SAMPLE = join(ROOT, 'samples/access.log');
const redact = (config = {}) => loadPlugin(builtIn('redact'), { config });

/** The lines of bytes as they leave a run through redact, by the plain way. */
function plainly(bytes: Buffer, kinds: readonly Kind[], replacement: string): Buffer {
  const lines = bytes.toString('latin1').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return Buffer.from(lines.map((line) => `${redactPlainly(line, kinds, replacement)}\n`).join(''), 'latin1');
}

/** What is nearly something that is replaced, and what it is made of. */
const FRAGMENTS = [
  ['10.0.0.1', '192.168.255.255', '256.1.1.1', '1.2.3', '1.2.3.4.5', '01.02.03.004', '.', '..', '1234', '99'],
  ['2001:db8::1', '::', '::1', ':', '::ffff:10.0.0.1', '1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7::', '0:0:0:0:0:0:1.2.3.4'],
  ['fe80::dead:beef', '12:34:56', 'a::b', '2001:db8:0:0:0:0:0:0', 'ffff', '00:1a:2b:3c:4d:5e', '::01.2.3.4'],
  ['me@example.com', 'a.b+c@d-e.co.uk', '@', 'x@y', 'a@b.c', 'u@h.comm.x-', '.org', '%', 'root@localhost'],
  ['Bearer ', 'bearer  ', 'BEARER', ' abcdef123', ' abcdefghijklmnopqrst', '==', 'er ', '/+~'],
  ['AKIAIOSFODNN7EXAMPLE', 'ASIA', 'AKIA', 'IA', 'IOSFODNN7EXAMPLE', 'ghp_', 'gho_0123456789abcdefghij', 'github_pat_'],
  ['11ABCDEFG0123456789_abcdefgh', '_', 'b_', 'h0_', 'hub_'],
  [
    'password',
    'api_key',
    'Api-Key',
    'secret',
    'pass-wd',
    'to_ken',
    'authorization',
    'PASSPHRASE',
    'credentials',
    'name',
  ],
  ['=', ':', '": "', "='", '":"', '\\":\\"', '\\"', '\\', '"', "'", ':=', '=>', '==', ' = ', ' : ', 'Basic ', 'token '],
  ['hunter2', 'a,b', 'x&y=z', ';', ')', ']}', '<', '\t', ' ', '  ', '-', 'z', 'Z9', '\r', '\0', '\xe9', '\xff'],
  ['4111111111111111', '4111 1111 1111 1111', '5500-0000-0000-0004', '3782 822463 10005', '378282246310005'],
  ['6011000990139424', '2221 0000 0000 0009', '4222222222222', '6304000000000000', '1234 5678 9012 3456'],
  [
    '4222 222 222 222',
    '6304 1234 5678 9012 347',
    '6304-1234-5678-9012-347',
    '4111 1111-1111 1111',
    '2024-01-15 10:23:45',
    '1700000000000',
    '0000',
    '111',
    '5',
    '6759649826438453',
  ],
].flat();

const fragments = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...FRAGMENTS) }, fc.string({ maxLength: 3 })),
  {
    maxLength: 12,
  },
);
const lines = fragments.map((parts) => parts.join('').replaceAll('\n', ''));
const logs = fc.array(lines, { maxLength: 60 }).map((lines) => Buffer.from(lines.join('\n'), 'latin1'));
const someKinds = fc.oneof(fc.constant([...KINDS]), fc.subarray([...KINDS]));

describe('redact beside regular expressions', () => {
  it('replaces the same on lines of what is nearly a match, by both calls and in blocks of any size', async () => {
    const path = join(folder, 'near.log');
    await fc.assert(
      fc.asyncProperty(
        logs,
        someKinds,
        fc.constantFrom('[redacted]', '<{kind}>', '', '{kind}{kind}{'),
        fc.constantFrom('batch' as const, 'line' as const),
        fc.integer({ min: 1, max: 3000 }),
        async (bytes, kinds, replacement, shape, blockSize) => {
          writeFileSync(path, bytes);
          using transform = redact({ kinds, replacement });
          const output = await outputOf(folder, [path], { stages: [{ transform, shape }], blockSize, workers: 2 });
          expectSame(output, plainly(bytes, kinds, replacement), `${kinds} by ${shape}`);
        },
      ),
      { numRuns: 1500 },
    );
  });

  const files = [...realLogs(), ...writeHostileLogs(folder), SAMPLE];
  it.each(files.map((file) => ({ name: basename(file), file })))(
    `replaces the same in $name${without.logs}`,
    async ({ file }) => {
      using transform = redact({ replacement: '<{kind}>' });
      const bytes = readFileSync(file);
      const expected = plainly(bytes, KINDS, '<{kind}>');
      for (const shape of ['batch', 'line'] as const)
        expectSame(await outputOf(folder, [file], { stages: [{ transform, shape }] }), expected, shape);
    },
  );

  it('replaces the same in lines of many kilobytes', async () => {
    const path = join(folder, 'long.log');
    const parts = ['1.2.3.4+', 'a@', '4111 1111 1111 1111 ', 'ab:', '1', 'password=', '\\', 'x'];
    const long = parts.map((part) => part.repeat(5000 / part.length)).join('\n');
    writeFileSync(path, long);
    using transform = redact();
    const output = await outputOf(folder, [path], { stages: [{ transform }] });
    expectSame(output, plainly(Buffer.from(long), KINDS, '[redacted]'), 'long lines');
  });
});

describe('host run --transform redact', () => {
  const file = join(folder, 'some.log');
  const rows = Array.from(
    { length: 3000 },
    (_, i) => `${i} client 10.0.${i % 300}.7 ${i % 7 ? 'INFO' : 'ERROR'} user${i}@example.com`,
  );
  writeFileSync(file, rows.join('\n'));
  const shown = rows.map((row) => redactPlainly(row, KINDS, '[redacted]'));
  const run = async (...args: string[]) => seen(await host(['run', file, ...args]));

  it.each(['1', '2', '7'])('writes the lines in order with -j %s', async (workers) => {
    const args = ['--transform', 'redact', '-j', workers, '--block-size', '4K'];
    expect(await run(...args)).toEqual({ status: 0, stdout: `${shown.join('\n')}\n`, stderr: '' });
  });

  it.each(['1', '2', '7'])('works between filters and an exporter with -j %s', async (workers) => {
    const { status, stdout } = await run(
      ...['--filter', 'contains', '-p', 'text=ERROR', '--transform', 'redact', '-p', 'kinds=["email"]', '-j', workers],
      ...['-v', '--filter', 'contains', '-p', 'text=10.0.3.7', '--export', 'jsonl', '--block-size', '4K'],
    );
    expect(status).toBe(0);
    let offset = 0;
    const expected = rows.flatMap((row) => {
      const text = redactPlainly(row, ['email'], '[redacted]');
      const object = { offset, text };
      offset += row.length + 1;
      return row.includes('ERROR') && !text.includes('10.0.3.7') ? [JSON.stringify(object)] : [];
    });
    expect(stdout).toBe(`${expected.join('\n')}\n`);
  });

  it('lets a filter behind it see the new lines, and one before it the old ones', async () => {
    const contains = ['--filter', 'contains', '-p', 'text=10.0.1.7'];
    expect((await run('--transform', 'redact', ...contains)).status).toBe(1);
    const before = await run(...contains, '--transform', 'redact');
    expect(before.stdout).toBe(`${shown.filter((_, i) => rows[i]?.includes('10.0.1.7')).join('\n')}\n`);
  });

  it('counts with -c', async () => {
    expect(await run('--transform', 'redact', '-c')).toEqual({ status: 0, stdout: '3000\n', stderr: '' });
  });

  it('tells how many lines it changed with --stats', async () => {
    const { stderr } = await host(['run', SAMPLE, '--transform', 'redact', '--stats', '-c', '-j', '1']);
    expect(stderr).toMatch(/^ {2}redact by batch: 2,000 lines kept, \d,\d{3} changed, 453\.8 KiB in /m);
  });

  it('refuses a kind that it does not know, and -v before it', async () => {
    expect(await run('--transform', 'redact', '-p', 'kinds=["ipv5"]')).toEqual({
      status: 2,
      stdout: '',
      stderr:
        'host: configure redact: the option "kinds.0": it must be one of ["ipv4","ipv6","email","token","secret","card"], and is "ipv5"\n',
    });
    expect((await run('-v', '--transform', 'redact')).stderr).toBe(
      'host: run: -v stands before the filter that it inverts\n      write: -v --filter NAME\n',
    );
    expect((await run('--transform', 'contains', '-p', 'text=a')).stderr).toBe(
      'host: plugin contains: it is no transform\n      it is: filter\n',
    );
  });

  it('shows its options in the help', async () => {
    const { stdout } = await run('--transform', 'redact', '--help');
    expect(stdout).toContain(
      'Options of redact (Replaces addresses, e-mail addresses, tokens, secrets and card numbers):',
    );
    expect(stdout).toContain('-p replacement=STRING');
  });
});
