import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type IsolateOptions, loadPlugin, type Plugin, run, type Shape, type Stage } from '../../src/index.js';
import { makeScratch } from '../helpers/compile.js';
import { FILTERS, TRANSFORMS } from './conformance/entries.js';
import { type Entry, type Place, titleOf } from './conformance/make.js';
import { keeps, masked } from './conformance/models.js';

/*
 * A plugin answers the same by every call that it offers: line by line, in batches, by whole blocks, and from another
 * process. What it should answer is computed in a naive way.
 */

const scratch = makeScratch();
const ISOLATE: Record<Place, IsolateOptions | undefined> = {
  'in-process': undefined,
  isolated: {},
  sandboxed: { sandbox: true },
};

/** Returns random numbers below a limit, the same in each run. */
function randomly(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Lines of a few bytes each, most of which are close to being kept or changed. */
const random = randomly(7);
const BYTES = 'aaabbb019\0\r \xff\xc3\xa9\xe2\x82';
const lines = Array.from({ length: 2000 }, () =>
  Array.from({ length: random(12) }, () => BYTES[random(BYTES.length)]).join(''),
);
/** A call for each line is slow in other processes, so these are fewer. */
const few = lines.slice(0, 100);
const linesFor = (shape: Shape) => (shape === 'line' ? few : lines);

/** Returns the lines that a run writes of some lines. Its blocks are small, so that there are many. */
async function linesOf(stage: Stage, given: string[]): Promise<string[]> {
  const [log, output] = [join(scratch, 'random.log'), join(scratch, 'out')];
  writeFileSync(log, Buffer.from(`${given.join('\n')}\n`, 'latin1'));
  await run([log], { stages: [stage], output, blockSize: 4096 });
  return readFileSync(output, 'latin1').split('\n').slice(0, -1);
}

function loaded({ source, config }: Entry, place: Place): Plugin {
  return loadPlugin(source, { config, isolate: ISOLATE[place] });
}

describe('every call of a filter keeps the same lines', { timeout: 120_000 }, () => {
  for (const entry of FILTERS) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      for (const place of entry.places) {
        using plugin = loaded(entry, place);
        const { shapes = [] } = plugin.filter ?? {};
        expect(shapes.at(-1)).toBe('line');
        for (const shape of shapes) {
          const given = linesFor(shape);
          expect(await linesOf({ filter: plugin, shape }, given), `${place}, ${shape}`).toEqual(given.filter(keeps));
        }
        const kept = few.filter((line) => plugin.filter?.test(Buffer.from(line, 'latin1')));
        expect(kept, `${place}, test`).toEqual(few.filter(keeps));
      }
    });
  }
});

describe('every call of a transform makes the same lines', { timeout: 120_000 }, () => {
  for (const entry of TRANSFORMS) {
    it.skipIf(entry.lacks)(titleOf(entry), async () => {
      const changed = (line: string) => masked(line, entry.asText);
      for (const place of entry.places) {
        using plugin = loaded(entry, place);
        const { shapes = [] } = plugin.transform ?? {};
        expect(shapes.at(-1)).toBe('line');
        for (const shape of shapes) {
          const given = linesFor(shape);
          expect(await linesOf({ transform: plugin, shape }, given), `${place}, ${shape}`).toEqual(given.map(changed));
        }
      }
    });
  }
});
