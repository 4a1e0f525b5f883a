import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { run } from '../../src/index.js';
import { fifo, fileOf, fixture, folder, joined, linesOf, outputOf } from './bytes.js';

/** An input of one kind. `bytes` is what the run reads of it, nothing where it cannot be read. */
interface Made {
  path: string;
  bytes: Buffer | undefined;
  ended?: Promise<unknown>;
}

let links = 0;

/** Ways to make an input of some lines. The pipe has a writer of its own, which ends when everything was read. */
const KINDS: Record<string, (bytes: Buffer) => Made> = {
  file: (bytes) => ({ path: fileOf(bytes), bytes }),
  link: (bytes) => {
    const path = join(folder, `link${links++}`);
    symlinkSync(fileOf(bytes), path);
    return { path, bytes };
  },
  gzip: (bytes) => ({ path: fileOf(gzipSync(bytes)), bytes }),
  empty: () => ({ path: fileOf(Buffer.alloc(0)), bytes: Buffer.alloc(0) }),
  pipe: (bytes) => {
    const path = fifo();
    const writer = spawn('sh', ['-c', `cat "${fileOf(bytes)}" > "${path}"`]);
    return { path, bytes, ended: once(writer, 'close') };
  },
  missing: () => ({ path: join(folder, 'missing'), bytes: undefined }),
  folder: () => ({ path: folder, bytes: undefined }),
};

const texts = fc
  .array(fc.integer({ min: 0, max: 90 }), { minLength: 1, maxLength: 60 })
  .map((lengths) => Buffer.from(lengths.map((length, i) => `${i} ${'x'.repeat(length)}\n`).join('')));
const kinds = fc.constantFrom(...Object.keys(KINDS));
/** Mostly files: only those are opened ahead of their turn. */
const inputs = fc.array(
  fc.tuple(fc.oneof({ weight: 4, arbitrary: fc.constant('file') }, { weight: 1, arbitrary: kinds }), texts),
  { minLength: 1, maxLength: 40 },
);

describe('many inputs', () => {
  it('are read as one after the other, whatever they are and however many workers open them', {
    timeout: 120_000,
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        inputs,
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 16, max: 3000 }),
        async (given, workers, blockSize) => {
          const made = given.map(([kind, bytes]) => (KINDS[kind] as (typeof KINDS)['file'])(bytes));
          const { output, result } = await outputOf(
            made.map(({ path }) => path),
            { stages: [], workers, blockSize },
          );
          await Promise.all(made.map(({ ended }) => ended));
          const lines = made.map(({ bytes }) => linesOf(bytes ?? Buffer.alloc(0)));
          expect(output.equals(joined(lines.flat()))).toBe(true);
          expect(result?.inputs.map(({ state, kept }) => ({ state, kept }))).toEqual(
            made.map(({ bytes }, i) => ({ state: bytes ? 'read' : 'refused', kept: lines[i]?.length })),
          );
          expect(result?.failures.map(({ code }) => code)).toEqual(
            made.filter(({ bytes }) => !bytes).map(() => 'ERR_INPUT'),
          );
        },
      ),
      { numRuns: 40 },
    );
  });

  it('end at a limit at the same line with every number of workers, with and without one for each input', async () => {
    const paths = Array.from({ length: 60 }, (_, i) => fileOf(Buffer.from(`${i} one\n${i} two\n${i} three\n`)));
    for (const more of [{ limit: 100 }, { inputLimit: 2 }, { limit: 71, inputLimit: 1 }]) {
      const outputs = await Promise.all(
        [1, 2, 3, 8].map(async (workers) =>
          (await outputOf(paths, { stages: [], workers, ...more })).output.toString(),
        ),
      );
      expect(new Set(outputs).size).toBe(1);
      expect(outputs[0]?.split('\n').length).toBe(1 + Math.min(more.limit ?? 180, (more.inputLimit ?? 3) * 60));
    }
  });

  it('are all released by a run that is aborted while a pipe in the middle has no writer', async () => {
    const file = fileOf(Buffer.from('a\n'));
    const paths = [file, file, fifo(), ...Array<string>(30).fill(file)];
    for (const workers of [1, 2, 8]) {
      const abort = new AbortController();
      const running = run(paths, { stages: [], workers }, { signal: abort.signal });
      setTimeout(() => abort.abort(), 50);
      await expect(running).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
    }
  });

  it('end well when transforms of later files wait for their turn and the run is aborted', async () => {
    using plugin = fixture();
    const large = fileOf(Buffer.from(`${'some words '.repeat(200)}\n`.repeat(2000)));
    const paths = [fifo(), ...Array<string>(20).fill(large)];
    const abort = new AbortController();
    const running = run(paths, { stages: [{ transform: plugin }], workers: 8 }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: 'ERR_CANCELLED' });
  });
});
