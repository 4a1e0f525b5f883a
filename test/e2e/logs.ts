import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Input, type Pipeline, run } from '../../src/index.js';
import { LOGS } from './command.js';

/** The real logs, or none if they are not present. */
export const realLogs = (): string[] =>
  existsSync(LOGS)
    ? readdirSync(LOGS)
        .filter((name) => /\.(log|jsonl|txt|out)$/.test(name) && !name.includes('NOTICE'))
        .map((name) => join(LOGS, name))
    : [];

const HOSTILE: Record<string, Buffer> = {
  empty: Buffer.from(''),
  newline: Buffer.from('\n'),
  'empty-lines': Buffer.from('\n\nerror\n\n\n'),
  'no-last-newline': Buffer.from('one error\ntwo GET /x 10.0.0.1'),
  'only-spaces': Buffer.from('  \n\t\n \r\n\r\n x \n'),
  'with-nul': Buffer.from('a\0error\n\0\0\n\0ERROR\0\nabc\0'),
  'not-utf8': Buffer.from([
    0xff, 0xfd, 0x0a, 0x61, 0x80, 0x63, 0x0a, 0xc3, 0x0a, 0xc3, 0xa4, 0x0a, 0xe2, 0x82, 0x20, 0x0a,
  ]),
  'one-long-line': Buffer.from(`${'x'.repeat(5000)} Exception 10.1.2.3${'y'.repeat(5000)}`),
  unicode: Buffer.from('Ärger ſtraße\nÉcole K\nstrasse\nİstanbul ÿ\n\u2003\n'),
};

/** Writes small files with unusual line ends and bytes. Returns their paths. */
export function writeHostileLogs(folder: string): string[] {
  return Object.entries(HOSTILE).map(([name, bytes]) => {
    const path = join(folder, `${name}.log`);
    writeFileSync(path, bytes);
    return path;
  });
}

/** One pattern of each kind. */
export const PATTERNS = {
  literal: 'error',
  alternation: 'ERROR|WARN(ING)?|GET /',
  class: '[0-9a-f]{8}',
  'start of line': '^[\\[\\d]',
  'end of line': '[a-z\\d"]$',
  'empty line': '^$',
  'space at the end': '\\s+$',
  'Unicode class': '\\p{Lu}\\p{Ll}+',
  'either case': '(?i)exception|straSSe|k$',
  'word boundary': '\\b(?:to|get|in)\\b',
  repetition: '(?:\\d{1,3}\\.){3}\\d{1,3}',
  dot: 'a.c|0...0',
} as const;

/** Returns the bytes of all files, each with a newline at its end, as a run that keeps everything prints them. */
export function joined(files: readonly string[]): Buffer {
  return Buffer.concat(
    files.map((file) => {
      const bytes = readFileSync(file);
      return bytes.length > 0 && bytes.at(-1) !== 0x0a ? Buffer.concat([bytes, Buffer.from('\n')]) : bytes;
    }),
  );
}

/** Returns what a run writes. */
export async function outputOf(folder: string, inputs: Input[], pipeline: Pipeline): Promise<Buffer> {
  const path = join(folder, 'output');
  const fd = openSync(path, 'w');
  try {
    await run(inputs, { ...pipeline, output: { fd, name: path } });
  } finally {
    closeSync(fd);
  }
  return readFileSync(path);
}
