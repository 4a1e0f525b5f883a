import { describe, expect, it } from 'vitest';
import { type IsolateOptions, loadPlugin, onPluginLog, type Pipeline, type Plugin } from '../../src/index.js';
import { outputOf } from '../engine/bytes.js';
import { HOSTILE, isolates, left, log, plainly, poisoned } from './drill.js';

const FORGERIES = [
  'fits-beyond',
  'skipped-beyond',
  'skipped-fits',
  'value-beyond',
  'cells-short',
  'cells-none',
  'text-before',
  'text-behind',
  'text-enormous',
  'text-around',
  'text-not-made',
  'text-behind-made',
  // Attacks on the header of the answer.
  'outcome-unknown',
  'bytes-over',
  'bytes-enormous',
  'ranges-enormous',
  'origins-enormous',
];

describe.each(isolates)('a parser ($name) that forges its rows', ({ isolate }) => {
  it.each(FORGERIES)('by %s costs the lines for which it does, and no others', async (attack) => {
    for (const off of [false, true]) {
      const told: string[] = [];
      onPluginLog(({ message }) => told.push(message));
      using parser = loadPlugin(HOSTILE, { isolate, config: { attack, off } });
      using exporter = loadPlugin('csv');
      const pipeline: Pipeline = { rows: { parser, columns: ['line'] }, exporter, blockSize: 16384 };
      const { output, result, error } = await outputOf([log], pipeline);
      onPluginLog(undefined);
      expect(error).toBeUndefined();
      expect(output.toString()).toBe(`line\n${plainly(left([], !off))}`);
      expect(result?.faults.map(({ place }) => place?.line)).toEqual(off ? [] : poisoned);
      expect(told.some((message) => message.startsWith(`${off ? 'held back' : 'forged'} ${attack}`))).toBe(true);
    }
  });
});

/** Runs the log with the attack made or held back, and returns also whether the plugin said so. */
async function folded(config: Record<string, unknown>, isolate: IsolateOptions, made: (hostile: Plugin) => Pipeline) {
  const told: string[] = [];
  onPluginLog(({ message }) => told.push(message));
  using hostile = loadPlugin(HOSTILE, { isolate, config });
  using exporter = loadPlugin('csv');
  const outcome = await outputOf([log], { exporter, blockSize: 16384, ...made(hostile) });
  onPluginLog(undefined);
  const said = `${config.off ? 'held back' : 'forged'} ${config.attack}`;
  expect(told.some((message) => message.startsWith(said))).toBe(true);
  return { ...outcome, text: outcome.output.toString(), lines: outcome.result?.faults.map(({ place }) => place?.line) };
}

describe.each(isolates)('a row filter ($name) that forges its answer', ({ isolate }) => {
  it.each(['keep-beyond', 'keep-short', 'keep-long'])('by %s costs these lines, and no others', async (attack) => {
    using parser = loadPlugin('line');
    for (const off of [false, true]) {
      const { text, lines, error } = await folded({ attack, off }, isolate, (row_filter) => ({
        stages: [{ parser, filters: [{ row_filter }] }],
        exporter: undefined,
      }));
      expect(error).toBeUndefined();
      expect(text).toBe(plainly(left(['filter'], !off)));
      expect(lines).toEqual(off ? [] : poisoned);
    }
  });
});

describe.each(isolates)('an aggregator ($name) that forges its answer', ({ isolate }) => {
  const count = (sound: boolean) => `count\n${left([], sound).length}\n`;
  const counts = (config: Record<string, unknown>) => {
    using parser = loadPlugin('line');
    return folded(config, isolate, (aggregator) => ({
      stages: [{ parser, aggregations: [{ aggregators: [aggregator] }] }],
    }));
  };

  it.each(['memory-none', 'memory-short', 'memory-long', 'memory-ranges'])(
    'by %s costs these lines, and no others',
    async (attack) => {
      for (const off of [false, true]) {
        const { text, lines, error } = await counts({ attack, off });
        expect(error).toBeUndefined();
        expect(text).toBe(count(!off));
        expect(lines).toEqual(off ? [] : poisoned);
      }
    },
  );

  it.each([
    ['serialize', 'sizes-none', 'it gave other groups than those it was asked about'],
    ['serialize', 'sizes-enormous', 'it gave other groups than those it was asked about'],
    ['serialize', 'sizes-more', 'it gave other groups than those it was asked about'],
    ['serialize', 'sizes-fewer', 'it gave other groups than those it was asked about'],
    ['serialize', 'groups-none', 'it gave other groups than those it was asked about'],
    ['serialize', 'groups-more', 'it gave other groups than those it was asked about'],
    ['serialize', 'groups-enormous', 'it gave other groups than those it was asked about'],
    ['serialize', 'bytes-over', 'it made more than is allowed without lines'],
    ['serialize', 'bytes-enormous', 'it made more than is allowed without lines'],
    ['serialize', 'outcome-unknown', 'its answer has a value that there is not'],
    ['merge', 'outcome-unknown', 'its answer has a value that there is not'],
    ['finish', 'results-none', 'it answers for fewer groups than it was asked'],
    ['finish', 'results-short', 'it answers for fewer groups than it was asked'],
    ['finish', 'results-beyond', 'it gave a value to a group that it was not asked about'],
  ])('at %s by %s ends the run without an answer', async (at, attack, message) => {
    expect((await counts({ attack, at, off: true })).text).toBe(count(false));
    const { text, error } = await counts({ attack, at });
    expect(text.split('\n')[1] ?? '').toBe('');
    expect(String(error)).toContain(message);
  });
});
