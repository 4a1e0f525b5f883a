import { describe, expect, it } from 'vitest';
import { host, inPairs } from '../e2e/command.js';
import { LINES, writeInputs } from './conformance/corpus.js';
import { AGGREGATORS, EXPORTERS, FILTERS, FROM_ONE_SOURCE, ROW_FILTERS, TRANSFORMS } from './conformance/entries.js';
import { type Entry, optionsOf, type Place, titleOf } from './conformance/make.js';
import { keeps, masked, quoted } from './conformance/models.js';

/*
 * One plugin of each kind in every form that it can have, and in every place: the same bytes come out of all of them. All
 * forms can be filters; docs/forms/boundaries.md has the table of the others.
 */

const { all, nothing } = writeInputs();

/** Returns where two outputs differ first, or nothing. */
function difference(got: Buffer, wanted: Buffer): object | undefined {
  if (got.equals(wanted)) return undefined;
  let at = 0;
  while (at < got.length && got[at] === wanted[at]) at++;
  const around = (bytes: Buffer) => bytes.subarray(Math.max(0, at - 40), at + 40).toString('latin1');
  return { at, got: around(got), wanted: around(wanted), sizes: [got.length, wanted.length] };
}

/** Runs an entry over inputs in a place, and compares everything that comes out. */
async function expectOutput(entry: Entry, place: Place, flags: string[], inputs: string[], wanted: string) {
  const { status, stdout, stderr } = await host(['run', ...inputs, ...flags, '--boundary', place]);
  const bytes = Buffer.from(wanted, 'latin1');
  expect({ stderr, difference: difference(stdout, bytes) }, `${entry.form}, ${place}`).toEqual({
    stderr: '',
    difference: undefined,
  });
  return status;
}

const TIMEOUT = 120_000;

describe('a filter keeps the same lines', { timeout: TIMEOUT }, () => {
  const lines = LINES.filter(keeps);
  const wanted = lines.map((line) => `${line}\n`).join('');
  for (const entry of FILTERS) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      const flags = ['--filter', ...optionsOf(entry)];
      await inPairs(entry.places, async (place) => {
        expect(await expectOutput(entry, place, flags, all, wanted)).toBe(0);
      });
      // After another filter a plugin gets the lines one by one, and not whole blocks.
      expect(await expectOutput(entry, 'isolated', [...flags, ...flags, '-j', '2'], all, wanted)).toBe(0);
      expect(await expectOutput(entry, 'isolated', flags, [nothing], '')).toBe(1);
    });
  }
});

describe('a transform makes the same lines', { timeout: TIMEOUT }, () => {
  for (const entry of TRANSFORMS) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      const wanted = LINES.map((line) => `${masked(line, entry.asText)}\n`).join('');
      await inPairs(entry.places, async (place) => {
        expect(await expectOutput(entry, place, ['--transform', ...optionsOf(entry)], all, wanted)).toBe(0);
      });
    });
  }
});

describe('an exporter writes the same bytes', { timeout: TIMEOUT }, () => {
  for (const entry of EXPORTERS) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      const wanted = `[\n${LINES.map((line) => quoted(line, entry.asText)).join('')}]\n`;
      const flags = ['--export', ...optionsOf(entry)];
      await inPairs(entry.places, async (place) => {
        expect(await expectOutput(entry, place, flags, all, wanted)).toBe(0);
        // It writes its first and its last line also when there is none between them.
        await expectOutput(entry, place, flags, [nothing], '[\n]\n');
      });
    });
  }
});

describe('a row filter keeps the same rows', { timeout: TIMEOUT }, () => {
  const wanted = LINES.filter(keeps)
    .map((line) => `${line}\n`)
    .join('');
  for (const entry of ROW_FILTERS) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      const flags = ['--parse', 'line', '--filter', ...optionsOf(entry)];
      await inPairs(entry.places, async (place) => {
        expect(await expectOutput(entry, place, [...flags, '-j', '2'], all, wanted)).toBe(0);
      });
      expect(await expectOutput(entry, 'in-process', flags, [nothing], '')).toBe(1);
    });
  }
});

describe('an aggregator gives the same answers', { timeout: TIMEOUT }, () => {
  const counts = new Map<number, number>();
  for (const { length } of LINES) counts.set(length, (counts.get(length) ?? 0) + 1);
  const rows = [...counts].sort(([a], [b]) => a - b).map((row) => `${row.join()}\n`);
  const wanted = `length,count\n${rows.join('')}`;
  for (const entry of AGGREGATORS) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      const flags = ['--parse', 'line', '--aggregate', ...optionsOf(entry), '--by', 'length', '-j', '2'];
      await inPairs(entry.places, async (place) => {
        expect(await expectOutput(entry, place, flags, all, wanted)).toBe(0);
      });
      expect(await expectOutput(entry, 'in-process', flags, [nothing], 'length,count\n')).toBe(1);
    });
  }
});

describe('forms of one source write the same bytes', { timeout: TIMEOUT }, () => {
  for (const [flag, first, ...others] of FROM_ONE_SOURCE) {
    for (const entry of [first, ...others]) {
      it.skipIf(entry.lacks)(`${entry.source}, ${titleOf(entry)}`, async () => {
        const { stdout } = await host(['run', ...all, flag, ...optionsOf(first)]);
        expect(stdout.length).toBeGreaterThan(16 << 20);
        await inPairs(entry.places, async (place) => {
          const flags = [flag, ...optionsOf(entry)];
          expect(await expectOutput(entry, place, flags, all, stdout.toString('latin1'))).toBe(0);
        });
      });
    }
  }
});
