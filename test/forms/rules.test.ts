import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type IsolateOptions, loadPlugin, run } from '../../src/index.js';
import { host, LOGS, seen, without } from '../e2e/command.js';
import { makeScratch } from '../helpers/compile.js';
import { rulesFile } from '../helpers/rules-file.js';

const scratch = makeScratch();
let made = 0;

const fileOf = (parts: object) => rulesFile(scratch, parts);

/** Writes bytes to a file. */
function inputOf(bytes: string | Uint8Array): string {
  const path = join(scratch, `input-${made++}`);
  writeFileSync(path, bytes);
  return path;
}

/** Where a plugin may run. */
const PLACES: Record<string, boolean | IsolateOptions> = {
  'in this process': false,
  isolated: true,
  sandboxed: { sandbox: true },
};

/** Bytes that are no text, lines that end in CR LF, an empty line, and no newline at the end. */
const HOSTILE = Buffer.concat([
  Buffer.from('plain ERROR\r\n\0 ERROR \0\n\n'),
  Buffer.from([0xff, 0xfe, 0x45, 0x52, 0x52, 0x4f, 0x52, 0x80, 0x0a]),
  Buffer.from(`${'long '.repeat(40_000)}ERROR\nerror\nERRO\nR token=abc token=d\n\r\nERROR`),
]);

describe.skipIf(without.rules)(`a file of rules${without.rules}`, () => {
  const KEEP = { any: [{ text: ['ERROR', 'token'] }, { all: [{ regex: '^l' }, { not: { endsWith: '7' } }] }] };
  const REPLACE = [
    { regex: '(?<key>token)=\\w+', with: '$key=…' },
    { regex: 'error', ignoreCase: true, with: '<$0>' },
  ];

  it.each(Object.entries(PLACES))('keeps and replaces, %s, as it should', async (_, isolate) => {
    const path = fileOf({ keep: KEEP, replace: REPLACE });
    using rules = loadPlugin(path, { isolate });
    expect([rules.name, rules.label, rules.form]).toEqual(['x', 'x', 'rules']);
    expect(rules.capabilities).toEqual(['filter', 'transform']);
    const output = join(scratch, `output-${made++}`);
    await run([inputOf(HOSTILE)], { stages: [{ filter: rules }, { transform: rules }], output });
    const expected = HOSTILE.toString('latin1')
      .split('\n')
      .filter((line) => /ERROR|token/.test(line) || /^l.*[^7]$/.test(line))
      .map((line) => line.replace(/(token)=\w+/g, '$1=\xe2\x80\xa6').replace(/error/gi, '<$&>'));
    expect(readFileSync(output, 'latin1')).toBe(`${expected.join('\n')}\n`);
  });

  it.each(Object.entries(PLACES))('that only replaces, %s, is no filter', async (_, isolate) => {
    using rules = loadPlugin(fileOf({ replace: REPLACE }), { isolate });
    expect(rules.capabilities).toEqual(['transform']);
    using other = loadPlugin(fileOf({ keep: KEEP }), { isolate });
    expect(other.capabilities).toEqual(['filter']);
  });

  it.each([
    [[], 'ab\r\n'],
    [['--crlf'], 'ab\n'],
  ])('takes a carriage return for a part of the line unless the run has %j', async (flags, input) => {
    const path = fileOf({ keep: { endsWith: 'b' } });
    const args = ['run', inputOf(`${input}b\n${'x\r\n'.repeat(3)}`), '--filter', path, '-c'];
    expect(seen(await host([...args, ...flags])).stdout).toBe(flags.length > 0 ? '2\n' : '1\n');
  });

  it('colours and prints what made it keep a line', async () => {
    const keep = { any: [{ text: ['foo', 'foobar'] }, { all: [{ regex: 'b.r' }, { not: { text: 'no' } }] }] };
    const args = ['run', inputOf('a foobar\nno bar\nthe bar\nfoofoo\n'), '--filter', fileOf({ keep })];
    expect(seen(await host([...args, '--json'])).stdout.match(/"match":\{"text":"[^"]*"\}/g)).toEqual(
      ['foo', 'bar', 'bar', 'foo', 'foo'].map((text) => `"match":{"text":"${text}"}`),
    );
    expect(seen(await host([...args, '--color', 'always'])).stdout.split('\n')).toEqual([
      expect.stringMatching(/^a \S+foo\S*bar\S*$/),
      expect.stringMatching(/^the \S+bar\S+$/),
      expect.stringMatching(/^\S+foo\S*foo\S*$/),
      '',
    ]);
  });

  it('is a filter among others, inverted, and a stage after one that leaves few lines', async () => {
    const keep = fileOf({ keep: { all: [{ text: 'GET' }, { regex: '" 4\\d\\d ' }] } });
    const log = 'samples/access.log';
    const lines = readFileSync(log, 'latin1').split('\n').filter(Boolean);
    const count = async (...args: string[]) => Number(seen(await host(['run', log, ...args, '-c'])).stdout);
    const is = (line: string) => line.includes('GET') && /" 4\d\d /.test(line);
    expect(await count('--filter', keep)).toBe(lines.filter(is).length);
    expect(await count('--invert', '--filter', keep)).toBe(lines.filter((line) => !is(line)).length);
    const both = lines.filter((line) => line.includes('bot') && is(line)).length;
    expect(await count('--filter', 'contains', '-p', 'text=bot', '--filter', keep)).toBe(both);
    expect(both).toBeGreaterThan(0);
  });

  it('is found by its name in a folder, and named by it', async () => {
    const path = fileOf({ keep: { text: 'x' } });
    const found = await host(['run', inputOf('x\ny\n'), '--plugin-dir', join(path, '..'), '--filter', 'x']);
    expect(seen(found)).toEqual({ status: 0, stdout: 'x\n', stderr: '' });
    expect(seen(await host(['load', path])).stdout).toBe('x\nKeeps lines, by the rules of x\n');
  });

  it.each([
    ['contains', { text: 'ERROR' }, { text: 'ERROR' }],
    ['contains', { text: 'error', ignoreCase: true }, { text: 'error', ignoreCase: true }],
    ['regex', { pattern: '\\b(GET|POST) \\S+\\s' }, { regex: '\\b(GET|POST) \\S+\\s' }],
    ['regex', { pattern: '\\d+(ms|s)$|^\\s' }, { any: [{ regex: '\\d+(ms|s)$' }, { regex: '^\\s' }] }],
    ['regex', { pattern: '[^\\x00-\\x7f]', unicode: false }, { not: { regex: '^[\\x00-\\x7f]*$' } }],
  ])(`keeps of real logs what %s %j keeps${without.logs}${without.regex}`, async (name, config, keep) => {
    if (without.logs || without.regex) return;
    const logs = readFileSync(join(LOGS, 'MANIFEST.tsv'), 'utf8').split('\n').slice(1, -1);
    const inputs = logs.map((row) => join(LOGS, row.split('\t')[0] ?? '')).filter(existsSync);
    using other = loadPlugin(name, { config });
    const path = fileOf({ keep });
    const kept = async (filter: typeof other) => {
      const output = join(scratch, `output-${made++}`);
      await run(inputs, { stages: [{ filter }], output });
      return readFileSync(output);
    };
    const expected = await kept(other as never);
    for (const isolate of [false, { sandbox: true }]) {
      using rules = loadPlugin(path, { isolate });
      expect((await kept(rules as never)).equals(expected)).toBe(true);
    }
    expect(expected.length).toBeGreaterThan(0);
  });
});
