import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRunRequest } from '../../src/cli/run-request.js';
import { makeScratch } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const folder = makeScratch();
let files = 0;
function config(value: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}
const read = (value: unknown, ...args: string[]) => readRunRequest(['--config', config(value), ...args]);
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
    const { inputs, stages, exporter, workers, maxLine, stats, print, folders } = read(ALL);
    expect({ inputs, stages, exporter, workers, maxLine, stats, numbers: print.numbers, folders }).toEqual({
      inputs: ['a.log', 'logs'],
      stages: [
        {
          kind: 'filter',
          name: 'regex',
          parameters: [{ values: { pattern: ['x', 'y'], ignoreCase: true } }],
          invert: false,
        },
        {
          kind: 'any',
          filters: [
            { kind: 'filter', name: './one.so', parameters: [{ values: {} }], invert: false },
            { kind: 'filter', name: 'two', parameters: [{ values: {} }], invert: true },
          ],
        },
        { kind: 'transform', name: 'redact', parameters: [{ file: 'redact.json' }, { values: {} }] },
      ],
      exporter: { name: 'csv', parameters: [{ values: { header: false } }] },
      workers: 2,
      maxLine: 1 << 20,
      stats: true,
      numbers: false,
      folders: ['p', 'q'],
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
    [{ stages: {} }, 'stages: a list is needed'],
    [{ stats: 'yes' }, 'stats: true or false is needed'],
    [{ inputs: [1] }, "inputs[0]: a file's path is needed"],
    [{ output: {} }, 'output: text or a number is needed'],
    [{ 'long-lines': 'cut' }, 'long-lines: one of fail, skip, split is needed'],
    [{ color: ['auto', 'red'] }, 'color: one of auto, always, never is needed'],
    [[], 'the file: an object is needed'],
    [{ config: 'x' }, 'there is no config'],
  ])('%j is refused', (value, message, hint) => {
    const error = thrown(() => read(value));
    expect(error).toMatchObject({ code: 'ERR_USAGE', ...(hint && { hint }) });
    expect(error.message.replace(/ \S+\.json: /, ' FILE: ')).toBe(`read the configuration FILE: ${message}`);
  });

  it('that is not JSON, or not there, is told by its name', () => {
    expect(thrown(() => read('{')).message).toMatch(/^read the configuration \S+\.json: .*JSON/);
    expect(thrown(() => readRunRequest(['--config', join(folder, 'none.json')])).message).toBe(
      `read the configuration ${join(folder, 'none.json')}: no such file or directory`,
    );
  });
});
