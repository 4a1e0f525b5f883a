import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin } from '../../../src/index.js';
import { makeScratch } from '../../helpers/compile.js';
import { builtIn, exec, host, without } from '../command.js';
import { outputOf, realLogs, writeHostileLogs } from '../logs.js';
import { expectSame } from './same.js';

const folder = makeScratch();
const files = [...realLogs(), ...writeHostileLogs(folder)];

const grep = (files: string[], ...args: string[]) =>
  exec('grep', ['-ahF', ...args, ...files], { env: { LC_ALL: 'C' } });

describe(`the contains filter beside grep${without.logs}`, () => {
  it.each(['error', 'e', ' ', 'GET /', '', 'ä', 'a text that nobody logs', '.*', '" 200 1'])(
    'keeps the same lines for %j, by every call, in either case, and the other way round',
    async (text) => {
      for (const ignoreCase of [false, true]) {
        using plugin = loadPlugin(builtIn('contains'), { config: { text, ignoreCase } });
        const flags = ignoreCase ? ['-i'] : [];
        const { stdout: kept } = await grep(files, ...flags, '-e', text);
        const { stdout: dropped } = await grep(files, ...flags, '-v', '-e', text);
        for (const shape of ['scan', 'batch', 'line'] as const) {
          const what = `${JSON.stringify(text)} by ${shape}${ignoreCase ? ' in either case' : ''}`;
          const way = { workers: 2, blockSize: 7000 };
          expectSame(await outputOf(folder, files, { stages: [{ filter: plugin, shape }] }), kept, what);
          expectSame(await outputOf(folder, files, { stages: [{ filter: plugin, shape }], ...way }), kept, what);
          const stages = [{ filter: plugin, shape, invert: true }];
          expectSame(await outputOf(folder, files, { stages, ...way }), dropped, `not ${what}`);
        }
      }
    },
  );

  it.each(files.map((file) => ({ name: basename(file), file })))(
    'gives the same number and status for $name through the command',
    async ({ file }) => {
      const ours = await host(['run', file, '-c', '--filter', 'contains', '-p', 'text=error']);
      expect(ours).toEqual(await grep([file], '-c', '-e', 'error'));
    },
  );
});
