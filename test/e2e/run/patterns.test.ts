import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin } from '../../../src/index.js';
import { makeScratch } from '../../helpers/compile.js';
import { builtIn, exec, host, seen, without } from '../command.js';
import { joined, outputOf, PATTERNS, realLogs, writeHostileLogs } from '../logs.js';
import { expectSame } from './same.js';

const folder = makeScratch();
const hostile = writeHostileLogs(folder);
const files = [...realLogs(), ...hostile];

/** Returns the lines that a search program keeps. Status 1, nothing kept, is no error. */
async function keptBy(program: string, ...args: string[]): Promise<Buffer> {
  const { status, stdout, stderr } = await exec(program, args, { env: { LC_ALL: 'C' } });
  expect({ args, failed: status !== 0 && status !== 1, stderr }).toEqual({ args, failed: false, stderr: '' });
  return stdout;
}

const grep = (files: string[], ...args: string[]) => keptBy('grep', '-ah', ...args, ...files);
const ripgrep = (files: string[], ...args: string[]) =>
  keptBy('rg', '--no-config', '-a', '-N', '-I', '-j1', ...args, ...files);

/** Every call, one and two workers, large and small blocks, and inverted. */
async function expectLines(
  config: Record<string, unknown>,
  files: string[],
  kept: Buffer,
  dropped: Buffer,
): Promise<void> {
  using plugin = loadPlugin(builtIn('patterns'), { config });
  for (const shape of ['scan', 'batch', 'line'] as const) {
    const what = `${JSON.stringify(config).slice(0, 200)} by ${shape}`;
    const way = { workers: 2, blockSize: 7000 };
    expectSame(await outputOf(folder, files, { stages: [{ filter: plugin, shape }], workers: 1 }), kept, what);
    expectSame(await outputOf(folder, files, { stages: [{ filter: plugin, shape }], ...way }), kept, what);
    const stages = [{ filter: plugin, shape, invert: true }];
    expectSame(await outputOf(folder, files, { stages, ...way }), dropped, `not ${what}`);
  }
}

/** The patterns without Unicode classes, which Hyperscan lacks, as ripgrep does without Unicode. */
const kinds = Object.entries(PATTERNS).filter(([kind]) => kind !== 'Unicode class');
const missing = without.patterns || without.ripgrep;

/** Returns texts from the logs. Some occur in one line, some in many, some in none. */
function hundredTexts(): string[] {
  const words = files.flatMap((file) => readFileSync(file, 'latin1').match(/[A-Za-z0-9_.:/-]{5,20}/g) ?? []);
  const distinct = [...new Set(words)];
  const step = Math.max(1, Math.floor(distinct.length / 97));
  return [...distinct.filter((_, index) => index % step === 0).slice(0, 97), 'a text nobody logs', '.*', '(('];
}

describe.skipIf(missing)(`the patterns filter beside ripgrep and grep${missing || without.logs}`, () => {
  it.each(kinds)('keeps the same lines as ripgrep without Unicode: %s', async (_, pattern) => {
    for (const ignoreCase of [false, true]) {
      const flags = ['--no-unicode', ...(ignoreCase ? ['-i'] : []), '-e', pattern];
      const kept = await ripgrep(files, ...flags);
      const dropped = await ripgrep(files, '-v', ...flags);
      await expectLines({ patterns: [pattern], unicode: false, ignoreCase }, files, kept, dropped);
    }
  });

  it('keeps the same lines as ripgrep for all of them at once', async () => {
    const patterns = kinds.map(([, pattern]) => pattern).filter((pattern) => pattern !== '^$');
    // In groups, because in ripgrep 13 a flag such as (?i) also holds for the patterns after it.
    const flags = ['--no-unicode', ...patterns.flatMap((pattern) => ['-e', `(?:${pattern})`])];
    const kept = await ripgrep(files, ...flags);
    const dropped = await ripgrep(files, '-v', ...flags);
    await expectLines({ patterns, unicode: false }, files, kept, dropped);
  });

  it.each([
    'error',
    '(INFO|DEBUG) +[a-z]',
    '[0-9]+\\.[0-9]+ ',
    '"[^"]*"$',
    '^[^ ]+ [^ ]+$',
    'x*',
    '^$',
    '[[:space:]]$',
  ])('keeps the same lines as grep -E: %s', async (pattern) => {
    const kept = await grep(files, '-E', '-e', pattern);
    const dropped = await grep(files, '-E', '-v', '-e', pattern);
    await expectLines({ patterns: [pattern], unicode: false }, files, kept, dropped);
  });

  it('keeps the same lines as rg -f and grep -f for a hundred texts in a file', async () => {
    const texts = hundredTexts();
    const file = join(folder, 'texts.txt');
    writeFileSync(file, texts.map((text) => `${text}\n`).join(''), 'latin1');
    const kept = await ripgrep(files, '-F', '-f', file);
    const dropped = await ripgrep(files, '-v', '-F', '-f', file);
    expectSame(await grep(files, '-F', '-f', file), kept, 'grep');
    await expectLines({ patternsFile: file, literal: true }, files, kept, dropped);
  });

  it('keeps the same lines as grep -w for whole words', async () => {
    for (const word of ['error', 'INFO', '10', 'a', '-', '/']) {
      const kept = await grep(files, '-w', '-F', '-e', word);
      const dropped = await grep(files, '-w', '-F', '-v', '-e', word);
      await expectLines({ patterns: [word], literal: true, wholeWord: true }, files, kept, dropped);
    }
  });

  it('keeps the same lines in blocks of a few bytes', async () => {
    for (const [, pattern] of kinds) {
      const kept = await ripgrep(hostile, '--no-unicode', '-e', pattern);
      using plugin = loadPlugin(builtIn('patterns'), { config: { patterns: [pattern], unicode: false } });
      for (const blockSize of [1, 2, 3, 7, 64]) {
        for (const shape of ['scan', 'batch', 'line'] as const) {
          const output = await outputOf(folder, hostile, {
            stages: [{ filter: plugin, shape }],
            blockSize,
            workers: 3,
          });
          expectSame(output, kept, `${pattern} by ${shape} in blocks of ${blockSize}`);
        }
      }
    }
  });

  // The two programs agree on characters if the text is valid UTF-8 and classes are spelt out.
  it.each(['.', '^.{3}$', '[äéſ]', 'Ä?rger', 'stra.e', '[^ -~]', 'É|K', '^\\S+$'])(
    'keeps the same lines as ripgrep with Unicode: %s',
    async (pattern) => {
      const valid = files.filter((file) => {
        const bytes = readFileSync(file);
        return Buffer.from(bytes.toString()).equals(bytes);
      });
      for (const ignoreCase of [false, true]) {
        const flags = [...(ignoreCase ? ['-i'] : []), '-e', pattern === '^\\S+$' ? '^[^ \\t\\r\\v\\f]+$' : pattern];
        const kept = await ripgrep(valid, ...flags);
        const dropped = await ripgrep(valid, '-v', ...flags);
        await expectLines({ patterns: [pattern], ignoreCase }, valid, kept, dropped);
      }
    },
  );

  it('tells as a transform which of them match, in every shape', async () => {
    const patterns = ['error', '[0-9]{3}', 'GET|POST', ' - ', 'no such text'];
    using plugin = loadPlugin(builtIn('patterns'), { config: { patterns, unicode: false } });
    const expressions = patterns.map((pattern) => new RegExp(pattern));
    const wanted = joined(files)
      .toString('latin1')
      .split('\n')
      .slice(0, -1)
      .map((line) => ({ line, which: expressions.flatMap((one, i) => (one.test(line) ? [i + 1] : [])) }))
      .filter(({ which }) => which.length > 0)
      .map(({ line, which }) => `${which.join(',')}\t${line}\n`)
      .join('');
    for (const shape of ['batch', 'line'] as const) {
      for (const setting of [{ workers: 1 }, { workers: 2, blockSize: 7000 }]) {
        const output = await outputOf(folder, files, { stages: [{ transform: plugin, shape }], ...setting });
        expectSame(output, Buffer.from(wanted, 'latin1'), shape);
      }
    }
  });

  it('takes patterns on the command line, and says what is wrong with one', async () => {
    const run = (...params: string[]) => host(['run', '-', '--filter', 'patterns', ...params], { input: 'one\ntwo\n' });
    expect(seen(await run('-p', 'patterns=["w","x"]'))).toEqual({ status: 0, stdout: 'two\n', stderr: '' });
    const { status, stdout, stderr } = seen(await run('-p', 'patterns=["w","x("]'));
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toContain('pattern 2 "x(": Missing close parenthesis for group started at index 1.');
  });
});
