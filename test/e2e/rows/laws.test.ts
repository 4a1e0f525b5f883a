import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { addon } from '../../../src/addon.js';
import { loadPlugin, type Pipeline, type Plugin, run } from '../../../src/index.js';
import { discoverNamed } from '../../../src/loader/discover.js';
import { searchPath } from '../../../src/loader/plugin/plugin-path.js';
import { Caller } from '../../../src/pipeline/caller.js';
import { runChecked } from '../../../src/pipeline/run.js';
import { OpenStates } from '../../../src/pipeline/states/open-states.js';
import { makeScratch } from '../../helpers/compile.js';
import { without } from '../command.js';

// The law of states: whatever the parts of the input, the tree of merges, threads, blocks, memory and processes, the same
// bytes.
// npm run drill:law, or to repeat one seed: PLUGHOST_ROUNDS=200 PLUGHOST_SEED=1 npx vitest run test/e2e/rows/laws.test.ts
const rounds = Number(process.env.PLUGHOST_ROUNDS ?? 10);
const seed = Number(process.env.PLUGHOST_SEED ?? Date.now() % 2 ** 31);

const folder = makeScratch();
const at = (name: string) => join(folder, name);
const golden = new URL('states/', import.meta.url).pathname;

/** Makes the lines of an access log by a linear congruence, also lines that do not fit and values that are not there. */
function logOf(count: number): string {
  let state = 12_345;
  const below = (most: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % most;
  };
  const two = (number: number) => String(number).padStart(2, '0');
  return Array.from({ length: count }, () => {
    if (below(40) === 0) return 'no request\n';
    const bytes = below(9) === 0 ? '-' : below(2 ** below(31));
    const request = below(30) === 0 ? '-' : `GET /p/${below(400)}/${below(3)} HTTP/1.1`;
    return `10.0.${below(256)}.${below(256)} - - [31/Dec/2024:21:${two(below(60))}:${two(below(60))} +0000] "${request}" ${200 + below(5)} ${bytes}\n`;
  }).join('');
}

const log = at('access.log');
writeFileSync(log, logOf(6000));
const size = readFileSync(log).length;

/** Options without which an aggregator does not work, and those that show most of it. */
const OPTIONS: Readonly<Record<string, unknown>> = { of: 'bytes', column: 'bytes' };

const PLACES = { 'in-process': undefined, isolated: {}, sandboxed: { sandbox: true } };
type Place = keyof typeof PLACES;

function loaded(name: string, config = {}) {
  const load = (place: Place) => loadPlugin(name, { config, isolate: PLACES[place] });
  const placed = { 'in-process': load('in-process'), isolated: load('isolated'), sandboxed: load('sandboxed') };
  return { placed, plugin: placed['in-process'] };
}

const aggregators = discoverNamed(searchPath([])).flatMap(({ name, manifest, error }) => {
  if (error || !manifest?.extensions?.includes('plug.aggregator/1')) return [];
  const known = Object.keys(manifest.config?.properties ?? {});
  const config = Object.fromEntries(Object.entries(OPTIONS).filter(([option]) => known.includes(option)));
  return [{ name, ...loaded(name, config) }];
});
if (!without.script) aggregators.push({ name: 'shares', ...loaded(join(golden, 'shares.js')) });
const parser = loadPlugin('access');
const csv = loadPlugin('csv');
afterAll(() => {
  for (const plugin of [parser, csv, ...aggregators.flatMap(({ placed }) => Object.values(placed))]) plugin.close();
});

const KEYS = [[], ['status'], ['path', 'status'], ['time:1m', 'host'], ['bytes:log2'], ['bytes']];

let files = 0;

const pipelineOf = (plugin: Plugin, by: string[], setting: Partial<Pipeline> & { groupMemory?: number } = {}) => {
  const { groupMemory, ...rest } = setting;
  const aggregations = [{ aggregators: [plugin], by }];
  return { stages: [{ parser, aggregations, ...(groupMemory && { groupMemory }) }], ...rest };
};

async function emitted(inputs: Parameters<typeof run>[0], pipeline: Pipeline): Promise<string> {
  const output = at(`${files++}.state`);
  await run(inputs, { ...pipeline, emitStates: true, output });
  return output;
}

async function merged(plugin: Plugin, paths: string[], answers = false): Promise<string> {
  const output = at(`${files++}${answers ? '.csv' : '.state'}`);
  using states = new OpenStates(paths, { fd: 0, name: 'nothing' });
  const merging = { states, aggregators: [[plugin]], answers: answers ? () => ({}) : undefined };
  await runChecked(Caller.function('run'), [], { merging, output, workers: 1, ...(answers && { exporter: csv }) }, {});
  return output;
}

// A process takes longer to start than a part to fold.
const settings = fc.record({
  workers: fc.integer({ min: 1, max: 4 }),
  blockSize: fc.integer({ min: 100, max: 300_000 }),
  groupMemory: fc.constantFrom(1 << 20, 512 << 20),
  place: fc.constantFrom<Place>('in-process', 'in-process', 'in-process', 'in-process', 'isolated', 'sandboxed'),
});

describe(`states of parts (seed ${seed}; PLUGHOST_SEED, PLUGHOST_ROUNDS)`, () => {
  for (const { name, plugin, placed } of aggregators) {
    it(`of ${name} become the bytes of the whole, and give its answers`, { timeout: 600_000 }, async () => {
      const known = new Map<string, Promise<{ state: Buffer; answers: Buffer }>>();
      const wholeOf = async (by: string[]) => {
        const state = await emitted([log], pipelineOf(plugin, by, { workers: 1 }));
        const answers = at(`${files++}.csv`);
        await run([log], { ...pipelineOf(plugin, by), exporter: csv, output: answers });
        return { state: readFileSync(state), answers: readFileSync(answers) };
      };
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...KEYS),
          fc.uniqueArray(fc.integer({ min: 1, max: size - 1 }), { maxLength: 7 }),
          fc.array(settings, { minLength: 8, maxLength: 8 }),
          fc.infiniteStream(fc.nat()),
          async (by, cuts, parts, choices) => {
            const whole = await cached(known, by, wholeOf);
            const bounds = [0, ...cuts.sort((a, b) => a - b), size];
            let states: string[] = [];
            for (let i = 0; i + 1 < bounds.length; i++) {
              const range = { name: log, begin: bounds[i] ?? 0, end: bounds[i + 1] ?? 0 };
              const { place = 'in-process', ...setting } = parts[i] ?? {};
              states.push(await emitted([range], pipelineOf(placed[place], by, setting)));
            }
            // Any two or three of them at a time, until one is left.
            while (states.length > 1) {
              const count = 2 + (choices.next().value % 2);
              const taken = Array.from({ length: Math.min(count, states.length) }, () => {
                const [one = ''] = states.splice(choices.next().value % states.length, 1);
                return one;
              });
              states = [...states, await merged(plugin, taken)];
            }
            const [state = ''] = states;
            expect(readFileSync(state).equals(whole.state)).toBe(true);
            expect(readFileSync(await merged(plugin, [state], true)).equals(whole.answers)).toBe(true);
          },
        ),
        // A script takes ten times as long.
        { numRuns: name === 'shares' ? Math.ceil(rounds / 5) : rounds, seed },
      );
    });

    it(`of ${name} are the same bytes for one part and for a hundred`, { timeout: 600_000 }, async () => {
      const by = ['status'];
      const bounds = Array.from({ length: 101 }, (_, i) => Math.floor((size * i) / 100));
      const states: string[] = [];
      for (let i = 0; i < 100; i++) {
        const range = { name: log, begin: bounds[i] ?? 0, end: bounds[i + 1] ?? 0 };
        states.push(await emitted([range], pipelineOf(plugin, by, { workers: 1 })));
      }
      const one = readFileSync(await emitted([log], pipelineOf(placed.sandboxed, by)));
      expect(readFileSync(await merged(plugin, states)).equals(one)).toBe(true);
      expect(readFileSync(await merged(placed.isolated, states)).equals(one)).toBe(true);
    });
  }
});

async function cached<T>(known: Map<string, Promise<T>>, by: string[], make: (by: string[]) => Promise<T>): Promise<T> {
  const made = known.get(by.join()) ?? make(by);
  known.set(by.join(), made);
  return made;
}

// Files that were written once. A plugin that changes the bytes of its states, and not their revision, cannot pass. To
// write those that are missing: PLUGHOST_GOLDEN=1 npx vitest run test/e2e/rows/laws.test.ts
describe('golden states', () => {
  const input = at('golden.log');
  writeFileSync(input, logOf(60));

  for (const { name, plugin } of aggregators) {
    const { revision = 0 } = addon().describeRows(plugin.stage('aggregator'));
    const file = join(golden, `${name}-${revision}.state`);
    if (!existsSync(file) && !process.env.PLUGHOST_GOLDEN) continue;

    it(`are what ${name} writes in its revision ${revision}`, async () => {
      const fd = openSync(input, 'r');
      const pipeline = pipelineOf(plugin, ['status'], { workers: 1 });
      const state = readFileSync(await emitted([{ fd, name: 'golden' }], pipeline));
      closeSync(fd);
      if (!existsSync(file)) writeFileSync(file, state);
      expect(readFileSync(file).equals(state)).toBe(true);
    });
  }

  it('can all be read', () => {
    for (const file of readdirSync(golden).filter((name) => name.endsWith('.state'))) {
      using states = new OpenStates([join(golden, file)], { fd: 0, name: 'nothing' });
      const [{ fd, bytes: prefix } = { fd: -1, bytes: Buffer.of() }] = states.files;
      const sections = [{ by: [{ type: 2 }], aggregators: 1 }];
      expect(addon().readStates({ fd, prefix, sections })).toEqual({ lines: 60, rows: 58, unparsed: 2, groups: [5] });
    }
  });
});
