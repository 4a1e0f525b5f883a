import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadPlugin } from '../../../src/index.js';
import { makeScratch } from '../../helpers/compile.js';
import { builtIn, host, ROOT, seen, without } from '../command.js';
import { outputOf, realLogs, writeHostileLogs } from '../logs.js';
import { expectSame } from './same.js';

const folder = makeScratch();
const SAMPLE = join(ROOT, 'samples/access.log');
const redact = (config = {}) => loadPlugin(builtIn('redact'), { config });

/** Pieces of lines that are hard to parse. */
const FRAGMENTS = [
  ['10.0.0.1', '256.1.1.1', '1.2.3.4.5', '.', '1234', '2001:db8::1', '::', ':', '::ffff:10.0.0.1', '12:34:56', 'a::b'],
  ['me@example.com', '@', "o'b", 'é', '.org', '%', '%40', '%25', '%3A', 'Bearer ', ' abcdef123', '==', 'eyJ', '_', '-'],
  [
    'AKIAIOSFODNN7EXAMPLE',
    'IA',
    'ghp_',
    'gho_0123456789abcdefghij',
    'github_pat_',
    'xoxb-',
    '-----BEGIN PRIVATE KEY-----',
  ],
  [
    'password',
    'api_key',
    'secret',
    'Authorization',
    'cookie',
    'value',
    'name',
    '--token ',
    '-u ',
    'https://',
    '\\u0040',
  ],
  [
    '=',
    ': ',
    ':',
    '": "',
    "='",
    '\\":\\"',
    '\\"',
    '\\',
    '"',
    "'",
    '`',
    ':=',
    '=>',
    '<',
    '>',
    'Basic ',
    '[',
    ']',
    '{',
    '}',
    ',',
  ],
  [
    'hunter2',
    'x&y=z',
    ';',
    ')',
    '\t',
    ' ',
    '\r',
    '\0',
    '\xff',
    '\x1b',
    '\x1b[31m',
    '\x1b]0;',
    '\\n',
    '\\x1b[',
    '&quot;',
    '#033',
  ],
  ['4111111111111111', '4111 1111 1111 1111', '5500-0000-0000-0004', '0000', '111', '5', '%B4'],
].flat();

const lines = fc
  .array(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...FRAGMENTS) }, fc.string({ maxLength: 3 })), {
    maxLength: 14,
  })
  .map((parts) => parts.join('').replaceAll('\n', ''));
const logs = fc.array(lines, { maxLength: 60 }).map((lines) => Buffer.from(lines.join('\n'), 'latin1'));

/** Makes JSON with names and values that are or contain secrets. */
const texts = fc.oneof(lines, fc.string(), fc.constantFrom('p@ss', 'bob@example.com', '10.0.0.1', ''));
const keys = fc.constantFrom('password', 'token', 'Authorization', 'user', 'card', 'n', 'list', 'passwords');
const { json: jsons } = fc.letrec((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    texts,
    fc.constantFrom<unknown>(null, true, 5, -1.5e9, 4111111111111111),
    fc.array(tie('json'), { maxLength: 4 }),
    fc.dictionary(keys, tie('json'), { maxKeys: 4 }),
    tie('json').map((inner) => JSON.stringify(inner)),
  ),
}));

/** The shape of a value without its replaceable parts: keys and numbers of items. */
const shapeOf = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(shapeOf)
    : value !== null && typeof value === 'object'
      ? Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)])
      : '';

describe('redact', () => {
  it('does the same by both calls and in blocks of any size', async () => {
    const path = join(folder, 'near.log');
    await fc.assert(
      fc.asyncProperty(logs, fc.integer({ min: 1, max: 3000 }), async (bytes, blockSize) => {
        writeFileSync(path, bytes);
        using transform = redact({ replacement: '<{kind}>' });
        const whole = await outputOf(folder, [path], { stages: [{ transform, shape: 'line' }] });
        const output = await outputOf(folder, [path], { stages: [{ transform }], blockSize, workers: 2 });
        expectSame(output, whole, 'by batch');
      }),
      { numRuns: 700 },
    );
  });

  it('leaves JSON that is JSON with the same keys, whatever is in it', async () => {
    const path = join(folder, 'json.log');
    await fc.assert(
      fc.asyncProperty(fc.array(jsons, { minLength: 20, maxLength: 40 }), async (values) => {
        // A bare number is replaced, as in any text.
        const documents = values.map((value) => JSON.stringify({ value }));
        writeFileSync(path, documents.join('\n'));
        using transform = redact();
        const output = await outputOf(folder, [path], { stages: [{ transform }] });
        output
          .toString()
          .trimEnd()
          .split('\n')
          .forEach((line, i) => {
            const document = documents[i] as string;
            let now: unknown;
            try {
              now = JSON.parse(line);
            } catch {
              throw new Error(`${document}\nis no JSON any more:\n${line}`);
            }
            expect(shapeOf(now), document).toEqual(shapeOf(JSON.parse(document)));
          });
      }),
      { numRuns: 300 },
    );
  });

  const files = [...realLogs(), ...writeHostileLogs(folder), SAMPLE];
  it.each(files.map((file) => ({ name: basename(file), file })))(
    `does the same by both calls in $name, and finds nothing more in what it made${without.logs}`,
    async ({ file }) => {
      using transform = redact();
      const made = join(folder, 'made.log');
      const output = await outputOf(folder, [file], { stages: [{ transform }] });
      expectSame(await outputOf(folder, [file], { stages: [{ transform, shape: 'line' }] }), output, 'by line');
      writeFileSync(made, output);
      expectSame(await outputOf(folder, [made], { stages: [{ transform }] }), output, 'again');
    },
  );
});

describe('host run --transform redact', () => {
  const file = join(folder, 'some.log');
  const rows = Array.from(
    { length: 3000 },
    (_, i) => `${i} client 10.0.${i % 300}.7 ${i % 7 ? 'INFO' : 'ERROR'} user${i}@example.com`,
  );
  writeFileSync(file, rows.join('\n'));
  const ADDRESS = /\b10\.0\.(?:1?\d?\d|2[0-4]\d|25[0-5])\.7\b/;
  const EMAIL = /user\d+@example\.com/;
  const shown = rows.map((row) => row.replace(ADDRESS, '[redacted]').replace(EMAIL, '[redacted]'));
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
      const text = row.replace(EMAIL, '[redacted]');
      const object = { offset, text };
      offset += row.length + 1;
      return row.includes('ERROR') && !text.includes('10.0.3.7') ? [JSON.stringify(object)] : [];
    });
    expect(stdout).toBe(`${expected.join('\n')}\n`);
  });

  it('lets a filter after it see the new lines, and one before it the old ones', async () => {
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
    expect((await run('--transform', 'contains', '-p', 'text=a')).stderr).toContain(
      'host: plugin contains: it is no transform\n      it is: filter; transforms are noop, ',
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
