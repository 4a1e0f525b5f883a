import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadPlugin } from '../../../src/index.js';
import { formats } from '../../engine/formats.js';
import { makeScratch } from '../../helpers/compile.js';
import { bash, builtIn, exec, host, inPairs, without } from '../command.js';
import { joined, outputOf, PATTERNS, realLogs, writeHostileLogs } from '../logs.js';
import { expectSame } from './same.js';

const folder = makeScratch();
const hostile = writeHostileLogs(folder);
const logs = realLogs();
const kinds = Object.entries(PATTERNS).map(([kind, pattern]) => ({ kind, pattern }));

const ripgrep = (files: string[], pattern: string, ...flags: string[]) =>
  exec('rg', ['--no-config', '-a', '-N', '-I', '-j1', ...flags, '-e', pattern, ...files]);

/** Ways to give a log to the command. */
const WAYS = [
  (file: string, pattern: string) => host(['run', file, '--filter', 'regex', '-p', `pattern=${pattern}`]),
  (file: string, pattern: string) =>
    bash('exec "$HOST" run --filter regex -p "pattern=$PATTERN" < "$FILE"', { env: { FILE: file, PATTERN: pattern } }),
  (file: string, pattern: string) =>
    bash('cat "$FILE" | "$HOST" run - -j 1 --filter regex -p "pattern=$PATTERN"', {
      env: { FILE: file, PATTERN: pattern },
    }),
];

const missing = without.regex || without.ripgrep;

// Skipped under a sanitizer, where Node starts slowly. The tests below cover the native code.
const skipped = process.env.LD_PRELOAD !== undefined || missing || logs.length === 0;

describe.skipIf(skipped)(`the command beside ripgrep${missing || without.logs}`, () => {
  it.each(logs.map((file) => ({ name: basename(file), file })))(
    'gives the same bytes and status for $name, as a file, redirected and piped',
    async ({ file }) => {
      await inPairs([...kinds.entries()], async ([index, { kind, pattern }]) => {
        const [ours, theirs] = await Promise.all([WAYS[index % 3]?.(file, pattern), ripgrep([file], pattern)]);
        expect({ kind, status: ours?.status, stderr: ours?.stderr }).toEqual({
          kind,
          status: theirs.status,
          stderr: '',
        });
        expectSame(ours?.stdout, theirs.stdout, kind);
      });
    },
  );
});

describe.skipIf(missing)(`the regex filter beside ripgrep${missing}`, () => {
  const files = [...logs, ...hostile];
  const stream = join(folder, 'stream');
  beforeAll(() => {
    execFileSync('mkfifo', [stream]);
  });

  it.each(kinds)(
    'keeps the same lines by $kind with every call, block size, number of workers and source',
    async ({ kind, pattern }) => {
      using plugin = loadPlugin(builtIn('regex'), { config: { pattern } });
      const { stdout: kept } = await ripgrep(files, pattern);
      expectSame(await outputOf(folder, files, { stages: [{ filter: plugin }], workers: 1 }), kept, kind);
      for (const shape of ['scan', 'batch', 'line'] as const) {
        const stages = [{ filter: plugin, shape }];
        expectSame(await outputOf(folder, files, { stages, workers: 2, blockSize: 5000 }), kept, `${kind} by ${shape}`);
      }

      const { stdout: dropped } = await ripgrep(files, pattern, '-v');
      const stages = [{ filter: plugin, invert: true }];
      expectSame(await outputOf(folder, files, { stages, workers: 1, blockSize: 9000 }), dropped, `not ${kind}`);
      expectSame(await outputOf(folder, files, { stages, workers: 2 }), dropped, `not ${kind}`);

      const fed = writeFile(stream, joined(files));
      const streamed = await outputOf(folder, [stream], { stages: [{ filter: plugin }], workers: 2, blockSize: 8192 });
      await fed;
      expectSame(streamed, kept, `${kind} from a stream`);
    },
  );

  const common = formats.filter(({ name }) => name === 'gzip' || name === 'zstd');
  describe.each(common)('in files of $name', ({ name, encode, skipped }) => {
    it.skipIf(skipped).each(kinds)(`keeps the same lines by $kind${skipped}`, async ({ kind, pattern }) => {
      using plugin = loadPlugin(builtIn('regex'), { config: { pattern } });
      const packed = files.map((file) => {
        const path = join(folder, `${name}-${basename(file)}`);
        if (!existsSync(path)) writeFileSync(path, encode(readFileSync(file)));
        return path;
      });
      const { stdout: kept } = await ripgrep(files, pattern);
      for (const setting of [{ workers: 1 }, { workers: 2, blockSize: 5000 }, { workers: 7, blockSize: 300 }]) {
        const output = await outputOf(folder, packed, { stages: [{ filter: plugin }], ...setting });
        expectSame(output, kept, `${kind} on ${setting.workers}`);
      }
    });
  });

  it.each(kinds)('keeps the same lines by $kind in blocks of a few bytes', async ({ kind, pattern }) => {
    using plugin = loadPlugin(builtIn('regex'), { config: { pattern } });
    const { stdout: kept } = await ripgrep(hostile, pattern);
    for (const blockSize of [1, 2, 3, 7, 64]) {
      for (const shape of ['scan', 'batch', 'line'] as const) {
        const output = await outputOf(folder, hostile, { stages: [{ filter: plugin, shape }], blockSize, workers: 3 });
        expectSame(output, kept, `${kind} by ${shape} in blocks of ${blockSize}`);
      }
    }
  });

  // Without Unicode, Unicode classes are an error in both programs.
  it.each(kinds.filter(({ kind }) => kind !== 'Unicode class'))(
    'keeps the same lines by $kind without Unicode',
    async ({ kind, pattern }) => {
      using plugin = loadPlugin(builtIn('regex'), { config: { pattern, unicode: false } });
      const { stdout: kept } = await ripgrep(files, pattern, '--no-unicode');
      for (const shape of ['scan', 'line'] as const)
        expectSame(await outputOf(folder, files, { stages: [{ filter: plugin, shape }] }), kept, `${kind} by ${shape}`);
    },
  );

  it.each(kinds)('keeps the same lines by $kind when letters match in either case', async ({ kind, pattern }) => {
    using plugin = loadPlugin(builtIn('regex'), { config: { pattern, ignoreCase: true } });
    const { stdout: kept } = await ripgrep(files, pattern, '-i');
    for (const shape of ['scan', 'line'] as const)
      expectSame(await outputOf(folder, files, { stages: [{ filter: plugin, shape }] }), kept, `${kind} by ${shape}`);
  });
});
