import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { exec, host, inPairs, type Outcome, without } from '../command.js';
import { type Message, messagesOf, timeless } from './ripgrep-messages.js';

const folder = makeScratch();
const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
write('log', 'one ERROR two ERROR\n\nabé error\n  aaa\nxxa\ntwo lines\nERROR');
write('other', `${Array.from({ length: 400 }, (_, i) => `line ${i} is ${(i * 7919) % 1000}`).join('\n')}\n`);
write('empty', '');
write('mark', '\ufefferror at once\nerror\n');
write('crlf', 'an error\r\n\r\nnone\r\nerror\r\n');
write('nul', 'a\0error\nb\0\n\0error\0\n');
write('bytes', Buffer.from('error \xff\xfe ok\nok\n\xe9rror error\n\b\f\x1b[31merror\x7f"\\\t\n', 'latin1'));
write('open', 'error\nno end: error');

/** The arguments of `rg` and of `host run` for the same search. */
interface Line {
  files: string[];
  /** The filter: `regex` for a pattern of ripgrep, `contains` for a text (-F). */
  by: 'regex' | 'contains';
  /** Patterns. A line that matches one of them is kept. */
  patterns: string[];
  flags?: string[];
  ignoreCase?: boolean;
  input?: string;
}

const ALL = ['log', 'other', 'empty', 'mark', 'crlf', 'nul', 'bytes', 'open'];
const LINES: Line[] = [
  ...ALL.map((file): Line => ({ files: [file], by: 'regex', patterns: ['error'] })),
  ...ALL.map((file): Line => ({ files: [file], by: 'contains', patterns: ['error'], flags: ['-C', '1'] })),
  ...[
    '',
    'x*',
    'a*',
    '^',
    '$',
    '\\b',
    '\\w+',
    'o|one',
    'a|ab',
    '.',
    '\\s+$',
    '^\\s*$',
    '[^a]',
    'r{2}',
    '(?i)ERROR',
  ].map((pattern): Line => ({ files: ['log', 'bytes', 'open', 'crlf'], by: 'regex', patterns: [pattern] })),
  { files: ALL, by: 'contains', patterns: ['rr'], ignoreCase: true },
  { files: ALL, by: 'regex', patterns: ['É|ERROR'], ignoreCase: true },
  { files: ALL, by: 'contains', patterns: [''] },
  { files: ALL, by: 'contains', patterns: ['aa'] },
  { files: ALL, by: 'regex', patterns: ['nowhere at all'] },
  { files: [], by: 'regex', patterns: ['e.'], input: 'bee\nno\neel' },
  { files: ['-'], by: 'contains', patterns: ['e'], input: '' },
  { files: ALL, by: 'regex', patterns: ['1'], flags: ['-A', '2'] },
  { files: ALL, by: 'regex', patterns: ['7$'], flags: ['-B', '3'] },
  { files: ALL, by: 'regex', patterns: ['error|9'], flags: ['-v'] },
  { files: ALL, by: 'regex', patterns: ['line|error'], flags: ['-v', '-C', '2'] },
  { files: ALL, by: 'contains', patterns: ['r'], flags: ['-v', '-A', '1'], ignoreCase: true },
  { files: ALL, by: 'regex', patterns: ['r$'], flags: ['--crlf'] },
  { files: ['crlf'], by: 'regex', patterns: ['$'], flags: ['--crlf'] },
  { files: ALL, by: 'regex', patterns: ['error', 'r+', 'li'] },
  { files: ALL, by: 'contains', patterns: ['ERR', 'one', 'R', ' t'] },
  { files: ['other', 'log'], by: 'regex', patterns: ['1'], flags: ['-m', '3'] },
  { files: ['other', 'log'], by: 'regex', patterns: ['1'], flags: ['-m', '2', '-A', '2'] },
];

const shown = ({ files, by, patterns, flags = [], ignoreCase }: Line) =>
  [by, ...patterns.map((pattern) => JSON.stringify(pattern)), ignoreCase ? '-i' : '', ...flags, ...files].join(' ');

const ours = ({ files, by, patterns, flags = [], ignoreCase = false, input = '' }: Line, more: string[] = []) => {
  const invert = flags.includes('-v') ? ['-v'] : [];
  const option = by === 'regex' ? 'pattern' : 'text';
  const filters = patterns.flatMap((pattern) => [
    ...invert,
    ...['--filter', by, '-p', `${option}=${pattern}`, '-p', `ignoreCase=${ignoreCase}`],
  ]);
  const any = patterns.length > 1 && invert.length === 0 ? ['--any'] : [];
  const rest = flags.filter((flag) => flag !== '-v');
  return host(['run', '--json', ...rest, ...files, ...more, ...any, ...filters], { cwd: folder, input });
};

const theirs = ({ files, by, patterns, flags = [], ignoreCase, input = '' }: Line) =>
  exec(
    'rg',
    [
      ...['--no-config', '--json', '-a', '-j1', ...(by === 'contains' ? ['-F'] : []), ...(ignoreCase ? ['-i'] : [])],
      ...[...flags, ...patterns.flatMap((pattern) => ['-e', pattern]), ...(files.length > 0 ? files : ['-'])],
    ],
    { cwd: folder, input },
  );

/** Leaves out the number of bytes searched: after -m it depends on how ripgrep reads. */
const counted = (messages: Message[], { flags = [] }: Line) =>
  JSON.parse(JSON.stringify(timeless(messages)), (key, value) =>
    key === 'bytes_searched' && flags.includes('-m') ? undefined : value,
  );

const said = ({ status, stderr }: Outcome) => ({ status, stderr });

const missing = without.regex || without.ripgrep;
describe.skipIf(missing)(`--json beside ripgrep${missing}`, () => {
  it(`is what a strict reader of ripgrep's messages reads, for ${LINES.length} command lines`, async () => {
    expect(LINES.length).toBeGreaterThanOrEqual(40);
    await inPairs(LINES, async (line) => {
      const [mine, other] = await Promise.all([ours(line), theirs(line)]);
      const name = shown(line);
      expect(said(mine), name).toEqual({ status: other.status, stderr: '' });
      expect(counted(messagesOf(mine.stdout), line), name).toEqual(counted(messagesOf(other.stdout), line));
    });
  }, 300_000);

  it('is the same bytes but for times', async () => {
    const plain = ({ stdout }: Outcome) => stdout.toString().replace(/"elapsed\w*":\{[^}]*\}/g, '');
    for (const line of LINES.filter(({ flags = [] }) => !flags.includes('-m')).slice(0, 20))
      expect(plain(await ours(line))).toBe(plain(await theirs(line)));
  }, 120_000);

  it('is the same from a plugin in a process of its own, in a sandbox, by every call and in small blocks', async () => {
    const lines = LINES.filter(({ files }) => files.length > 3);
    await inPairs(lines, async (line) => {
      const alone = timeless(messagesOf((await ours(line)).stdout));
      for (const more of [
        ['--isolate'],
        // The sandbox refuses what a sanitizer needs.
        [process.env.LD_PRELOAD ? '--isolate' : '--sandbox', '-j', '2', '--block-size', '100'],
        ['--block-size', '1', '--shape', 'line', '-j', '3'],
      ]) {
        const other = await ours(line, more);
        expect(said(other), `${shown(line)} ${more}`).toEqual({ status: expect.any(Number), stderr: '' });
        if (!line.flags?.includes('-m'))
          expect(timeless(messagesOf(other.stdout)), `${shown(line)} ${more}`).toEqual(alone);
      }
    });
  }, 300_000);
});

const noPatterns = without.patterns || without.ripgrep;
describe.skipIf(noPatterns)(`--json of the patterns filter beside ripgrep${noPatterns}`, () => {
  it.each([[['error', 'e', 'ERR']], [['a', 'aa', '']], [['', 'r']], [['two lines', 'o']]])(
    'lists the texts %j as it does',
    async (texts) => {
      const list = JSON.stringify(texts);
      const [mine, other] = await Promise.all([
        host(['run', '--json', ...ALL, '--filter', 'patterns', '-p', `patterns=${list}`, '-p', 'literal=true'], {
          cwd: folder,
        }),
        theirs({ files: ALL, by: 'contains', patterns: texts }),
      ]);
      expect(said(mine)).toEqual({ status: other.status, stderr: '' });
      expect(timeless(messagesOf(mine.stdout))).toEqual(timeless(messagesOf(other.stdout)));
    },
  );
});

describe('--json', () => {
  const run = async (...args: string[]) => messagesOf((await host(['run', '--json', ...args], { cwd: folder })).stdout);
  const lines = (messages: Message[]) =>
    messages.flatMap(({ type, data }) =>
      type === 'match' || type === 'context'
        ? [`${type} ${data.line_number} ${data.submatches.map(({ start, end }) => `${start}-${end}`).join(' ')}`.trim()]
        : [],
    );

  it('has no submatches if no filter reports them', async () => {
    expect(lines(await run('log'))).toEqual([1, 2, 3, 4, 5, 6, 7].map((number) => `match ${number}`));
    expect(lines(await run('log', '-v', '--filter', 'noop'))).toHaveLength(7);
  });

  it('has those of all filters of a row that are not inverted', async () => {
    const both = ['--filter', 'contains', '-p', 'text=two', '--filter', 'contains', '-p', 'text=ERROR'];
    expect(lines(await run('log', ...both))).toEqual(['match 1 4-9 10-13 14-19']);
    const one = ['--filter', 'contains', '-p', 'text=two', '-v', '--filter', 'contains', '-p', 'text=ERROR'];
    expect(lines(await run('log', ...one))).toEqual(['match 6 0-3']);
  });

  it('has those that lie in the line as a transform has left it, and its number and offset in the input', async () => {
    write('secret', 'mail bob@example.org or ERROR\nERROR alone\n');
    const before = ['--filter', 'contains', '-p', 'text=ERROR', '--transform', 'redact'];
    expect(lines(await run('secret', ...before))).toEqual(['match 1', 'match 2 0-5']);
    const behind = ['--transform', 'redact', '--filter', 'contains', '-p', 'text=ERROR'];
    const messages = await run('secret', ...behind);
    const [at] = lines(messages);
    expect(at).toMatch(/^match 1 \d+-\d+$/);
    expect(lines(messages)).toEqual([at, 'match 2 0-5']);
    expect(messages.flatMap(({ type, data }) => (type === 'match' ? [data.absolute_offset] : []))).toEqual([0, 30]);
  });

  it('has lines of a megabyte with a match at every byte, whole', async () => {
    write('long', `${'e'.repeat(1 << 20)}\nend\n`);
    for (const more of [[], ['--isolate']]) {
      const messages = await run('long', '--filter', 'contains', '-p', 'text=e', ...more);
      expect(messages.flatMap(({ type, data }) => (type === 'match' ? [data.submatches.length] : []))).toEqual([
        1 << 20,
        1,
      ]);
    }
  }, 60_000);

  it('is never in colour', async () => {
    const args = ['run', 'log', '--json', '--color', 'always', '--filter', 'contains', '-p', 'text=ERROR'];
    const { stdout } = await host(args, { cwd: folder });
    expect(timeless(messagesOf(stdout))).toEqual(
      timeless(await run('log', '--filter', 'contains', '-p', 'text=ERROR')),
    );
    expect(stdout.includes('\x1b')).toBe(false);
  });
});
