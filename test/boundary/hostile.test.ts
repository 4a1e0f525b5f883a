import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { loadPlugin, onPluginLog, PlughostError, run } from '../../src/index.js';
import { makeScratch } from '../helpers/compile.js';
import { misbehaving } from '../misbehaving/faults.js';

// PLUGHOST_ROUNDS=10000 npx vitest run test/boundary/hostile.test.ts
const rounds = Number(process.env.PLUGHOST_ROUNDS ?? 100);
const folder = makeScratch();
const log = join(folder, 'log');
writeFileSync(log, Array.from({ length: 4000 }, (_, i) => `${i} ERROR something\n`).join(''));

// biome-ignore lint/suspicious/noControlCharactersInRegex: what must not reach a terminal
const UNCLEAN = /[\x00-\x1f\x7f-\x9f\u2028-\u202e]/;
const codes = new Set(['ERR_PLUGIN_FAULT', 'ERR_CONTRACT_VIOLATION', 'ERR_PLUGIN_FAILED', 'ERR_CANCELLED']);

function expectClean(error: unknown): void {
  if (!(error instanceof PlughostError)) throw error;
  expect(codes).toContain(error.code);
  expect(`${error.message}${error.hint}`).not.toMatch(UNCLEAN);
}

afterEach(() => onPluginLog(undefined));

describe.each(['scribble', 'scribble-meanwhile', 'forge'])(
  'a runner that fills what it answers with random bytes (%s)',
  (fault) => {
    const isolate = { callTimeout: 50, mostFaults: 1e6 };
    const config = { fault, poison: 'something' };

    it('is met with errors and nothing else in single calls', { timeout: 0 }, () => {
      onPluginLog(({ message }) => expect(message).not.toMatch(UNCLEAN));
      using plugin = loadPlugin(misbehaving(), { isolate, config, needs: ['filter'] });
      let errors = 0;
      for (let round = 0; round < rounds; round++) {
        try {
          expect([true, false]).toContain(plugin.filter.test('something'));
        } catch (error) {
          expectClean(error);
          errors++;
        }
      }
      // Rarely right by chance; what is scribbled may hit nothing that is looked at.
      if (fault === 'forge') expect(errors).toBeGreaterThan(rounds / 2);
    });

    it('is met with errors and nothing else in a run', { timeout: 0 }, async () => {
      onPluginLog(({ message }) => expect(message).not.toMatch(UNCLEAN));
      using plugin = loadPlugin(misbehaving(), { isolate, config, needs: ['filter'] });
      // Each asks some dozens of times.
      for (let asked = 0; asked < rounds; asked += 100) {
        try {
          const { faults, transient } = await run([log], { stages: [{ filter: plugin }], blockSize: 4096 });
          for (const error of [...faults, ...transient]) expectClean(error);
        } catch (error) {
          expectClean(error);
        }
      }
    });
  },
);
