import { afterEach, describe, expect, it } from 'vitest';
import { loadPlugin, onPluginLog, PlughostError } from '../../src/index.js';
import { attacked, HOSTILE, left, plainly, ROLES, says } from '../hostile/drill.js';

// PLUGHOST_ROUNDS=10000 PLUGHOST_SEED=1 npx vitest run test/boundary/hostile.test.ts
const rounds = Number(process.env.PLUGHOST_ROUNDS ?? 100);
// In the titles, so that what failed can be had again.
const seed = Number(process.env.PLUGHOST_SEED ?? Date.now() % 1_000_000_000);

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
const UNCLEAN = /[\x00-\x1f\x7f-\x9f\u2028-\u202e]/;
const codes = new Set(['ERR_PLUGIN_FAULT', 'ERR_CONTRACT_VIOLATION', 'ERR_PLUGIN_FAILED', 'ERR_CANCELLED']);

function expectClean(error: unknown): void {
  if (!(error instanceof PlughostError)) throw error;
  expect(codes).toContain(error.code);
  expect(`${error.message}${error.hint}`).not.toMatch(UNCLEAN);
}

afterEach(() => onPluginLog(undefined));

const ATTACKS = ['random', 'scribble', 'scribble-meanwhile', 'flip', 'flip-ranges'];
describe.each(ATTACKS)(`a runner whose answers are spoilt at random (%s, PLUGHOST_SEED=${seed})`, (attack) => {
  const load = (off: boolean, more = {}) =>
    loadPlugin(HOSTILE, {
      isolate: { callTimeout: off ? 10_000 : 200, maxFaults: 1e6 },
      config: { attack, off, seed: String(seed), ...more },
      needs: ['filter'],
    });

  /** Asks for single lines, and gives how many were not answered as they are. */
  function wrongAnswers(plugin: ReturnType<typeof load>, count: number): number {
    let wrong = 0;
    for (let round = 0; round < count; round++) {
      try {
        const kept = plugin.filter.test(`POISON ERROR ${round}`);
        expect([true, false]).toContain(kept);
        if (!kept) wrong++;
      } catch (error) {
        expectClean(error);
        wrong++;
      }
    }
    return wrong;
  }

  it('is met with errors and nothing else in single calls', { timeout: 0 }, async () => {
    const told: string[] = [];
    onPluginLog(({ message }) => told.push(message));
    using plugin = load(false);
    const wrong = wrongAnswers(plugin, rounds);
    // Some are right by chance; what is scribbled may hit nothing that is looked at.
    if (attack === 'random') expect(wrong).toBeGreaterThan(rounds / 3);
    using sound = load(true);
    expect(wrongAnswers(sound, 20)).toBe(0);
    await says(sound, told, `forged ${attack}`);
    await says(sound, told, `held back ${attack}`);
    for (const message of told) expect(message).not.toMatch(UNCLEAN);
  });

  it('is met with errors and nothing else before it is ready, and in run', { timeout: 0 }, async () => {
    const told: string[] = [];
    onPluginLog(({ message }) => told.push(message));
    // Without a request there is no answer to forge.
    const places = attack === 'random' ? ['run'] : ['new', 'init', 'run'];
    for (let round = 0; round < rounds; round += 25)
      for (const at of places) {
        try {
          using plugin = load(false, { at, seed: String(seed + round) });
          expect(typeof plugin.run()).toBe('string');
        } catch (error) {
          if (!(error instanceof PlughostError)) throw error;
          expect(`${error.message}${error.hint}`).not.toMatch(UNCLEAN);
        }
      }
    for (const at of places) {
      using sound = load(true, { at });
      expect(sound.run()).toBe('did its own job');
      await says(sound, told, `held back ${attack}`);
      await says(sound, told, `forged ${attack}`);
    }
  });

  it.each(ROLES)('is met with errors and nothing else in a run, as %s', { timeout: 0 }, async (role) => {
    const isolate = { callTimeout: 200, maxFaults: 1e6 };
    for (let round = 0; round < rounds; round += 50) {
      const config = { seed: String(seed + round) };
      const print = role === 'exporter' ? {} : { print: { numbers: round % 100 === 0 } };
      const outcome = await attacked({ name: attack, role, isolate, config, pipeline: print });
      for (const error of outcome.errors) expectClean(error);
      expect(outcome.forged).toBeGreaterThan(0);
    }
    const sound = await attacked({ name: attack, role, off: true, isolate: {} });
    expect(sound).toMatchObject({ errors: [], forged: 0, output: plainly(left([role], false)) });
    expect(sound.heldBack).toBeGreaterThan(0);
  });

  it('is met with errors and nothing else where it tells what it found in lines', { timeout: 0 }, async () => {
    const isolate = { callTimeout: 200, maxFaults: 1e6 };
    const shared = { name: attack, role: 'filter', pipeline: { print: { form: 'json' } } } as const;
    for (let round = 0; round < rounds; round += 50) {
      const config = { at: 'spans', seed: String(seed + round) };
      const outcome = await attacked({ ...shared, isolate, config });
      for (const error of outcome.errors) expectClean(error);
      expect(outcome.forged).toBeGreaterThan(0);
      for (const text of outcome.output.split('\n').slice(0, -1)) {
        const { type, data } = JSON.parse(text);
        for (const { match, start, end } of type === 'match' ? data.submatches : [])
          expect(data.lines.text.slice(start, end)).toBe(match.text);
      }
    }
    const sound = await attacked({ ...shared, off: true, isolate: {}, config: { at: 'spans' } });
    expect(sound).toMatchObject({ errors: [], forged: 0 });
    expect(sound.heldBack).toBeGreaterThan(0);
    const found = sound.output.match(/"submatches":\[\{"match":\{"text":"ERROR"\}/g);
    expect(found).toHaveLength(left(['filter'], false).length);
  });
});
