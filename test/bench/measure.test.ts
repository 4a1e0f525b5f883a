import { existsSync, mkdirSync, readFileSync, rmSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { exec, ROOT } from '../e2e/command.js';
import { makeScratch, noCompiler } from '../helpers/compile.js';

const load = (file: string) => import(join(ROOT, 'bench', file));
const { growCorpus, writeCorpus } = await load('corpus.mjs');
const { Measure } = await load('measure.mjs');
const { compileC } = await load('measure/compile.mjs');
const folder = makeScratch();

const peer = (name: string, script: string, more = {}) => ({ name, command: () => ['sh', '-c', script], ...more });
const TMPFS = 0x01021994;

describe.skipIf(noCompiler)(`measuring${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('accepts programs that print the same bytes, and takes turns', async () => {
    const log = join(folder, 'turns');
    const turn = (name: string) => peer(name, `echo ${name} >> ${log}; echo one; echo two`);
    const { lines, peers } = await new Measure(folder, 2).job({ name: 'job' }, [turn('a'), turn('b')]);
    expect(lines).toBe(2);
    expect(Object.keys(peers)).toEqual(['a', 'b']);
    expect(peers.a).toEqual({
      ms: expect.any(Number),
      least: expect.any(Number),
      cpu: expect.any(Number),
      peak: expect.any(Number),
      runs: 2,
    });
    expect(readFileSync(log, 'utf8')).toBe('a\nb\na\nb\na\nb\n');
  });

  test('refuses a program that prints other bytes, even of the same length', async () => {
    const peers = [peer('good', 'echo one'), peer('bad', 'echo two')];
    await expect(new Measure(folder, 1).job({ name: 'job' }, peers)).rejects.toThrow(
      'job: bad gives other bytes than good',
    );
  });

  test('refuses a program whose output changes after the warm-up', async () => {
    const once = join(folder, 'once');
    const peers = [peer('moody', `if [ -e ${once} ]; then echo; else touch ${once}; echo one; fi`)];
    await expect(new Measure(folder, 1).job({ name: 'job' }, peers)).rejects.toThrow(
      'moody gives another output each time',
    );
  });

  test('refuses a program that fails, and one that a signal ends', async () => {
    const one = (script: string) => new Measure(folder, 1).job({ name: 'job' }, [peer('it', script)]);
    await expect(one('exit 2')).rejects.toThrow('it ended with status 2');
    await expect(one('kill -9 $$')).rejects.toThrow('it ended with status 137');
    await expect(one('exit 1')).resolves.toMatchObject({ name: 'job' });
  });

  test('counts the processor time and the memory of a program', async () => {
    const waste = 'const b = Buffer.alloc(200 << 20, 1); let n = 0; for (let i = 0; i < 3e7; i++) n += i & b[i % 9];';
    const busy = { name: 'busy', command: () => [process.execPath, '-e', waste] };
    const idle = { name: 'idle', command: () => ['sleep', '0.2'] };
    const { peers } = await new Measure(folder, 1).job({ name: 'job' }, [busy, idle]);
    expect(peers.busy.peak).toBeGreaterThan(200);
    expect(peers.idle.peak).toBeLessThan(50);
    expect(peers.idle.ms).toBeGreaterThanOrEqual(200);
    expect(peers.busy.cpu).toBeGreaterThan(10 * peers.idle.cpu);
  });

  test('drops the pages of a file, or says that they stay', async () => {
    const program = compileC(join(ROOT, 'bench/measure/drop-pages.c'), folder);
    const tries = [folder, join(ROOT, 'build'), '/dev/shm'].filter((place) => existsSync(place));
    for (const place of tries) {
      const log = join(place, `plughost-bench-test-${process.pid}`);
      mkdirSync(log);
      try {
        writeFileSync(join(log, 'file'), Buffer.alloc(1 << 20, 'a line\n'));
        const { status, stderr } = await exec(program, [log]);
        const stays = statfsSync(place).type === TMPFS;
        expect({ status, stderr }).toEqual(
          stays ? { status: 1, stderr: `${log}: 256 of 256 pages stay in the cache\n` } : { status: 0, stderr: '' },
        );
      } finally {
        rmSync(log, { recursive: true });
      }
    }
  });
});

test('a log that grows repeats itself and ends with a line', () => {
  const log = join(folder, 'corpus.log');
  writeCorpus(log, 1);
  const once = readFileSync(log);
  growCorpus(log, 9);
  const grown = readFileSync(log);
  expect(9 * 2 ** 20 - grown.length).toBeLessThan(1000);
  expect(grown.length).toBeLessThanOrEqual(9 * 2 ** 20);
  expect(grown.at(-1)).toBe(10);
  for (let at = 0; at < grown.length; at += once.length) {
    expect(grown.subarray(at, at + once.length).equals(once.subarray(0, grown.length - at))).toBe(true);
  }
  expect(statSync(log).size).toBe(grown.length);
});
