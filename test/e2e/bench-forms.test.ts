import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/cli/bench/report.js';
import { FILTERS } from '../forms/conformance/entries.js';
import { type Entry, optionsOf, titleOf } from '../forms/conformance/make.js';
import { bench, few, reportOf, sample } from './host-bench.js';

/** One filter of each form. */
const ENTRIES = [...new Map(FILTERS.map((entry) => [entry.form.replace(/[, ].*/, ''), entry])).values()];

const measured = async (entry: Entry, place: string): Promise<Report> =>
  reportOf(...optionsOf(entry), sample, ...few, '--boundary', place);

describe('host bench measures every form in every place', { timeout: 120_000 }, () => {
  for (const entry of ENTRIES) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      for (const place of entry.places) {
        const { plugin, calls } = await measured(entry, place);
        expect(plugin).toMatchObject({ place, path: expect.any(String), form: expect.any(String) });
        const [first, ...others] = calls.filter(({ of }) => of === 'plugin');
        for (const { shape, linesKept } of others)
          expect({ shape, linesKept }).toEqual({ shape, linesKept: first?.linesKept });
        // The no-op that it is compared with runs in the same place.
        expect(calls.some(({ of }) => of === 'no-op')).toBe(true);
      }
    });
  }
});

describe('host bench', () => {
  it('says where the plugin ran, if not in-process', async () => {
    const { stdout, status } = await bench('contains', '-p', 'text=Firefox', sample, ...few, '--sandbox');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/^ {2}sandboxed, 1 worker, 2 runs of each call/m)]);
  });
});
