import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { within } from '../../src/cli/configuration/within.js';
import { loadNamed } from '../../src/cli/named-plugin.js';
import { readLock } from '../../src/loader/trust/lock-file.js';
import { builtIn } from '../e2e/command.js';
import { readRequest } from '../helpers/command-line.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const folder = makeScratch();
let files = 0;
function config(value: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}
const read = (value: unknown, ...args: string[]) => readRequest(['--config', config(value), ...args]);
/** A path in a configuration is relative to the folder of its file. */
const there = (name: string) => join(folder, name);
const ALL = {
  inputs: ['a.log', 'logs'],
  stages: [
    { filter: 'regex', params: { pattern: ['x', 'y'], ignoreCase: true } },
    { any: [{ filter: './one.so' }, { filter: 'two', invert: true }] },
    { transform: 'redact', 'params-file': 'redact.json' },
  ],
  export: { export: 'csv', params: { header: false } },
  workers: 2,
  'max-line': '1M',
  'line-number': false,
  stats: true,
  'plugin-dir': ['p', 'q'],
};

describe('a configuration of host run', () => {
  it('says all that the command line can say, options with their types', () => {
    const file = config(ALL);
    const { inputs, stages, exporter, workers, maxLine, stats, print, folders } = readRequest(['--config', file]);
    expect({ inputs, stages, exporter, workers, maxLine, stats, numbers: print.numbers, folders }).toEqual({
      inputs: [there('a.log'), there('logs')],
      stages: [
        {
          kind: 'filter',
          name: 'regex',
          parameters: [{ values: { pattern: ['x', 'y'], ignoreCase: true } }],
          invert: false,
          file,
        },
        {
          kind: 'any',
          filters: [
            { kind: 'filter', name: there('one.so'), parameters: [{ values: {} }], invert: false, file },
            { kind: 'filter', name: 'two', parameters: [{ values: {} }], invert: true, file },
          ],
        },
        { kind: 'transform', name: 'redact', parameters: [{ file: there('redact.json') }, { values: {} }], file },
      ],
      exporter: { name: 'csv', parameters: [{ values: { header: false } }], file },
      workers: 2,
      maxLine: 1 << 20,
      stats: true,
      numbers: false,
      folders: [there('p'), there('q')],
    });
  });

  it.each([
    ['jobs/a.json', 'b.log', 'jobs/b.log'],
    ['jobs/a.json', './lib/../b.log', 'jobs/lib/../b.log'],
    ['jobs/a.json', '../b.log', 'jobs/../b.log'],
    ['a.json', './b.log', './b.log'],
    ['./a.json', 'b.log', 'b.log'],
    ['/a.json', 'b.log', '/b.log'],
    ['/x/a.json', '/y/b.log', '/y/b.log'],
  ])('in %s: %s is %s', (file, path, wanted) => {
    expect(within(file, path)).toBe(wanted);
  });

  it('leaves standard input and names on the search path as they are, and finds all other paths', () => {
    const { inputs, stages, output, trust, isolation } = read({
      inputs: ['-', '/var/log'],
      stages: [{ filter: 'contains' }],
      output: 'out',
      'require-lock': 'plugins.lock',
      sandbox: true,
      grant: ['threads', 'read:data', 'write:/tmp/x'],
    });
    expect({ inputs, stages, output, lock: trust.lock, grant: isolation.grant }).toEqual({
      inputs: ['-', '/var/log'],
      stages: [expect.objectContaining({ name: 'contains' })],
      output: there('out'),
      lock: there('plugins.lock'),
      grant: { threads: true, read: [there('data')], write: ['/tmp/x'] },
    });
  });

  it('gives way to the command line: its files, its stages, its options', () => {
    const { inputs, stages, exporter, workers, maxLine } = read(
      ALL,
      ...'b.log --filter contains -p text=x --export jsonl -j 1'.split(' '),
    );
    expect({ inputs, stages, exporter, workers, maxLine }).toEqual({
      inputs: ['b.log'],
      stages: [{ kind: 'filter', name: 'contains', parameters: [{ key: 'text', text: 'x' }], invert: false }],
      exporter: { name: 'jsonl', parameters: [] },
      workers: 1,
      maxLine: 1 << 20,
    });
  });

  it.each<[unknown, string, string?]>([
    [{ worker: 1 }, 'there is no worker', 'did you mean workers?'],
    [{ stages: [{ fitler: 'x' }] }, 'there is no stages[0].fitler', 'did you mean filter?'],
    [{ stages: [{ any: [{ filter: 'x', parms: {} }] }] }, 'there is no stages[0].any[0].parms', 'did you mean params?'],
    [{ stages: [{ filter: 1 }] }, "stages[0].filter: a plugin's name or path is needed"],
    [{ stages: [{ parse: '' }] }, "stages[0].parse: a plugin's name or path is needed"],
    [{ stages: {} }, 'stages: a list is needed'],
    [{ stats: 'yes' }, 'stats: true or false is needed'],
    [{ inputs: [1] }, "inputs[0]: a file's path is needed"],
    [{ output: {} }, 'output: text or a number is needed'],
    [{ 'long-lines': 'cut' }, 'long-lines: one of fail, skip, split is needed'],
    [{ color: ['auto', 'red'] }, 'color: one of auto, always, never is needed'],
    [[], 'the file: an object is needed'],
    [{ config: 'x' }, 'there is no config', '--config is for the command line alone'],
    [{ 'emit-state': true }, 'there is no emit-state', '--emit-state is for the command line alone'],
    [
      { parse: 'access' },
      'there is no parse',
      'it belongs to a stage: "stages": [{ "parse": "access" }, { "aggregate": "count", "by": ["status"] }]',
    ],
    [
      { stages: [{ parse: 'access', where: 'status = 1' }] },
      'stages[0] is two stages, parse and where',
      'write each by itself: { "parse": … }, { "where": … }',
    ],
    [{ 'no-stats': true }, 'there is no no-stats'],
    ['{"__proto__": {"stats": true}}', 'there is no __proto__'],
  ])('%j is refused', (value, message, hint) => {
    const error = thrown(() => read(value));
    expect(error).toMatchObject({ code: 'ERR_USAGE', ...(hint && { hint }) });
    expect(error.message.replace(/ \S+\.json: /, ' FILE: ')).toBe(`read the configuration FILE: ${message}`);
  });

  it('that is not JSON, or does not exist, is named in the error', () => {
    expect(thrown(() => read('{')).message).toMatch(/^read the configuration \S+\.json: .*JSON/);
    expect(thrown(() => readRequest(['--config', join(folder, 'none.json')])).message).toBe(
      `read the configuration ${join(folder, 'none.json')}: no such file or directory`,
    );
  });

  it('may begin with a byte order mark', () => {
    expect(read('\ufeff{"stats": true}').stats).toBe(true);
  });

  const others: [name: string, read: (file: string) => unknown][] = [
    ['configuration', (file) => readRequest(['--config', file])],
    ['options', (file) => loadNamed({ name: 'contains', parameters: [{ file }] }, builtIn('contains'))],
    ['lock', readLock],
  ];
  describe.each(others)('as any file that is read at once, such as the %s,', (name, readFile) => {
    it.each<[string, Buffer, string]>([
      ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'it is UTF-16, not UTF-8'],
      ['not UTF-8', Buffer.from('{"output": "\xff"}', 'latin1'), 'it has bytes that are not UTF-8'],
      ['far too large', Buffer.alloc((16 << 20) + 1, ' '), 'it is larger than 16 MiB'],
    ])('is refused when it is %s', (_, bytes, reason) => {
      const file = join(folder, `${files++}.json`);
      writeFileSync(file, bytes);
      expect(thrown(() => readFile(file))).toMatchObject({
        code: 'ERR_INPUT',
        message: `read the ${name} ${file}: ${reason}`,
      });
    });

    it('is refused when it is no regular file, without waiting for a writer', () => {
      const pipe = join(folder, `${files++}.pipe`);
      execFileSync('mkfifo', [pipe]);
      expect(thrown(() => readFile(pipe)).message).toBe(`read the ${name} ${pipe}: it is no regular file`);
      expect(thrown(() => readFile('/dev/zero')).message).toBe(`read the ${name} /dev/zero: it is no regular file`);
      expect(thrown(() => readFile(folder)).message).toBe(`read the ${name} ${folder}: it is a directory`);
    });
  });
});
