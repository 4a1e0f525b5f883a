import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { bash, exec, host, inPairs, type Outcome, without } from '../command.js';

const folder = makeScratch();
const write = (name: string, bytes: Uint8Array | string) => writeFileSync(join(folder, name), bytes);
write('log', 'one ERROR two ERROR\n\nabé error\n  aaa\nxxa\ntwo lines\nERROR');
write('other', `${Array.from({ length: 60 }, (_, i) => `line ${i} is ${(i * 7919) % 1000}`).join('\n')}\n`);
write('painted', Buffer.from('\x1b[32mgreen error\x1b[0m\xff \x1b[1merr\x1b[0mor\n', 'latin1'));

const run = (args: string[], env: NodeJS.ProcessEnv = {}) => host(['run', ...args], { cwd: folder, env });
const contains = (text: string) => ['--filter', 'contains', '-p', `text=${text}`];

const name = (text: string) => `\x1b[35m${text}\x1b[0m`;
const number = (text: string) => `\x1b[32m${text}\x1b[0m`;
const mark = (text: string) => `\x1b[36m${text}\x1b[0m`;
const match = (text: string) => `\x1b[1;31m${text}\x1b[0m`;

describe('host run --color always', () => {
  const always = async (...args: string[]) => (await run([...args, '--color', 'always'])).stdout.toString('latin1');

  it('colours names, numbers, separators, and what filters find', async () => {
    const line = (k: string, i: string, text: string) => `${name('log')}${mark(k)}${number(i)}${mark(k)}${text}\n`;
    expect(await always('log', '-nH', '-A1', ...contains('ERROR'))).toBe(
      line(':', '1', `one ${match('ERROR')} two ${match('ERROR')}`) +
        line('-', '2', '') +
        `${mark('--')}\n` +
        line(':', '7', match('ERROR')),
    );
  });

  it('leaves a line without a place that is known as it is, and empty places unseen', async () => {
    const bytes = readFileSync(join(folder, 'painted'), 'latin1');
    expect(await always('painted')).toBe(bytes);
    expect(await always('painted', ...contains(''))).toBe(bytes);
    // Escape sequences of the line itself are unchanged.
    expect(await always('painted', ...contains('error'))).toBe(bytes.replace('error', match('error')));
  });

  it('marks what an inverted filter drops in the lines around, as grep does', async () => {
    expect(await always('log', '-A1', '-v', ...contains('ERROR'))).toContain(`two lines\n${match('ERROR')}\n`);
  });

  it('is for a file too, and paints the names of -l and -c', async () => {
    await run(['log', '-o', 'out', '--color', 'always', ...contains('xx')]);
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(`${match('xx')}a\n`);
    expect(await always('log', 'other', '-l', ...contains('xx'))).toBe(`${name('log')}\n`);
    const counts = `${name('log')}${mark(':')}1\n${name('other')}${mark(':')}0\n`;
    expect(await always('log', 'other', '-c', ...contains('xx'))).toBe(counts);
  });

  it('paints no export', async () => {
    expect(await always('log', ...contains('xx'), '--export', 'jsonl')).not.toContain('\x1b');
  });
});

describe('what host run prints without it', () => {
  it('is plain where it is no terminal', async () => {
    expect((await run(['log', '-n', ...contains('xx')])).stdout.toString()).toBe('5:xxa\n');
    await run(['log', '-o', 'plain', ...contains('xx')]);
    expect(readFileSync(join(folder, 'plain'), 'utf8')).toBe('xxa\n');
  });

  const noTerminal = spawnSync('script', ['--version']).error ? ' (skipped: script is not installed)' : '';
  it.skipIf(noTerminal)(
    `is in colour on a terminal that knows more than text, unless unwanted${noTerminal}`,
    async () => {
      const terminal = async (environment: string, ...flags: string[]) => {
        const args = [...flags, '-n', join(folder, 'log'), ...contains('xx')].join(' ');
        const { stdout } = await bash(`script -qec '${environment} "$HOST" run ${args}' /dev/null < /dev/null`);
        return stdout.toString().replaceAll('\r', '');
      };
      const painted = `${number('5')}${mark(':')}${match('xx')}a\n`;
      expect(await terminal('TERM=xterm')).toBe(painted);
      expect(await terminal('TERM=xterm NO_COLOR=')).toBe(painted);
      expect(await terminal('TERM=dumb', '--color', 'always')).toBe(painted);
      for (const [environment, ...flags] of [
        ['TERM=xterm NO_COLOR=1'],
        ['TERM=dumb'],
        ['TERM=xterm', '--color', 'never'],
      ] as [string, ...string[]][])
        expect(await terminal(environment, ...flags)).toBe('5:xxa\n');
    },
  );
});

const noGrep = spawnSync('grep', ['--version']).error ? ' (skipped: grep is not installed)' : '';

describe(`the painted text${noGrep}`, () => {
  /** Replaces the start of each escape sequence by a visible sign. */
  const visible = ({ stdout }: Outcome) => stdout.toString('latin1').replaceAll('\x1b', '␛');
  const sequences = /␛\[(?:[\d;]*m|K)/g;
  const files = ['log', 'other', 'painted'];
  const lines: [string, ...string[]][] = [
    ['ERROR', '-H', '-n'],
    ['e', '-n', '-A', '1'],
    ['1', '-H', '-B', '2'],
    ['line', '-C', '1'],
    ['aa', '-n', '-v', '-C', '1'],
    ['a', '-H', '-v', '-A', '2'],
    ['', '-H', '-n'],
    ['o', '-c', '-H'],
    ['two', '-l'],
  ];

  /** Returns the parts that are coloured as matches, in their order. */
  const matches = (text: string) => [...text.matchAll(/␛\[(?:01;31m␛\[K|1;31m)([^␛]*)␛\[0?m/g)].map(([, part]) => part);

  it.skipIf(noGrep)(
    'is that of grep, with the same parts marked',
    async () => {
      await inPairs(lines, async ([text, ...flags]) => {
        const invert = flags.includes('-v') ? ['-v'] : [];
        const rest = flags.filter((flag) => flag !== '-v');
        const [ours, grep] = await Promise.all([
          run([...files, '--color', 'always', ...rest, ...invert, ...contains(text)]),
          exec(
            'grep',
            ['--color=always', '-aF', ...(flags.includes('-H') ? [] : ['-h']), ...flags, '-e', text, ...files],
            {
              cwd: folder,
              env: { LC_ALL: 'C.UTF-8', GREP_COLORS: '', TERM: 'xterm' },
            },
          ),
        ]);
        const [mine, theirs] = [visible(ours), visible(grep)];
        expect(mine.replace(sequences, ''), `${text} ${flags}`).toBe(theirs.replace(sequences, ''));
        const marked = matches(theirs);
        expect(matches(mine), `${text} ${flags}`).toEqual(marked);
        if (text && flags.includes('-n')) expect(marked).toContain(text);
      });
    },
    60_000,
  );

  it.skipIf(without.ripgrep)(
    `is that of ripgrep, and so is what is marked${without.ripgrep}`,
    async () => {
      const own = (text: string) => text.replaceAll('␛[0m␛[1m␛[31m', '␛[1;31m');
      // It colours adjacent matches as one.
      const together = (text: string) =>
        [...text.matchAll(/(?:␛\[1;31m[^␛]*␛\[0m)+/g)].map(([part]) => part.replace(sequences, ''));
      await inPairs(lines.slice(0, 7), async ([text, ...flags]) => {
        const invert = flags.includes('-v') ? ['-v'] : [];
        const rest = flags.filter((flag) => flag !== '-v');
        const names = flags.includes('-H') ? [] : ['-I'];
        const [ours, rg] = await Promise.all([
          run([...files, '--color', 'always', ...rest, ...invert, ...contains(text)]),
          exec(
            'rg',
            [
              ...['--no-config', '--no-heading', '-aF', '-j1', '--color=always', ...names],
              ...flags,
              ...(flags.includes('-n') ? [] : ['-N']),
              '-e',
              text,
              ...files,
            ],
            { cwd: folder },
          ),
        ]);
        const [mine, theirs] = [visible(ours), own(visible(rg))];
        expect(mine.replace(sequences, ''), `${text} ${flags}`).toBe(theirs.replace(sequences, ''));
        if (text) expect(together(mine), `${text} ${flags}`).toEqual(together(theirs));
      });
    },
    60_000,
  );
});
