import { describe, expect, it } from 'vitest';
import { loadPlugin, onPluginLog, type Pipeline } from '../../src/index.js';
import { outputOf } from '../engine/bytes.js';
import { HOSTILE, isolates, left, log, plainly, poisoned } from './drill.js';

const FORGERIES = [
  'fits-beyond',
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
