import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeScratch } from '../../helpers/compile.js';
import { hashOf } from './kill.js';

// PLUGHOST_KILLS=1000 PLUGHOST_SEED=1 npx vitest run test/e2e/isolation/killed-states.test.ts
const kills = Number(process.env.PLUGHOST_KILLS ?? 16);
const seed = Number(process.env.PLUGHOST_SEED ?? Date.now() % 2 ** 31);
const folder = makeScratch();

/** Makes numbers from 0 to 1 by a linear congruence. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

const random = randomOf(seed);
const below = (most: number) => Math.floor(random() * most);
const log = join(folder, 'access.log');
writeFileSync(
  log,
  Array.from({ length: 60_000 }, () => {
    const second = String(below(60)).padStart(2, '0');
    return `10.0.${below(256)}.${below(256)} - - [31/Dec/2024:21:${second}:${second} +0000] "GET /p/${below(3000)} HTTP/1.1" ${200 + below(5)} ${below(2 ** below(31))}\n`;
  }).join(''),
);

const BY = ['--by', 'path'];
const aggregators = [
  ['count'],
  ['stats', '-p', 'of=bytes'],
  ['quantiles', '-p', 'of=bytes'],
  ['distinct', '-p', 'of=host'],
  ['first', '-p', 'of=bytes'],
  ['last', '-p', 'of=bytes'],
].flatMap(([name = '', ...options]) => ['--aggregate', name, ...options, ...BY]);

describe(`processes of aggregators that are killed at any moment (seed ${seed}; PLUGHOST_SEED, PLUGHOST_KILLS)`, () => {
  const ways = ['--isolate', '--sandbox'].flatMap((place) => [
    // Groups are never saved, after every few blocks, or written into files.
    [place, '-j', '1'],
    [place, '-j', '2', '--group-memory', '64M', '--block-size', '128K'],
    [place, '-j', '1', '--group-memory', '4M', '--block-size', '64K'],
  ]);

  it('cost nothing: the answers and the states are the same bytes', { timeout: 0 }, async () => {
    const answers = ['run', log, '--parse', 'access', ...aggregators];
    const output = join(folder, 'state');
    const emit = [...answers, '--emit-state', '-o', output];
    // Groups of both workers become those of one, in which they are finished.
    const sorted = [...answers, '--sort', '-path'];
    const wanted = await hashOf(answers);
    const wantedSorted = await hashOf(sorted);
    for (const each of [wanted, wantedSorted]) expect(each).toMatchObject({ status: 0, stderr: '' });
    expect(await hashOf(emit)).toMatchObject({ status: 0, stderr: '' });
    const state = readFileSync(output);

    for (let killed = 0, i = below(ways.length); killed < kills; i++) {
      const way = ways[i % ways.length] ?? [];
      const emits = below(3) === 0;
      const [args, { hash }] = below(2) === 0 ? ([sorted, wantedSorted] as const) : ([answers, wanted] as const);
      const disturbed = { within: 3 * wanted.ms, plugin: 'plughost-runner', random };
      const outcome = await hashOf([...(emits ? emit : args), ...way], disturbed);
      killed += outcome.killed;
      expect([way, outcome]).toMatchObject([
        way,
        { status: 0, stderr: expect.not.stringMatching(/left out|line \d/), ...(!emits && { hash }) },
      ]);
      if (emits) expect(readFileSync(output).equals(state)).toBe(true);
    }
  });
});
