import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildFolder } from '../../src/addon.js';
import {
  ContractViolationError,
  type Exporter,
  type Filter,
  loadPlugin,
  type Plugin,
  PluginFailedError,
  PluginFaultError,
  run,
} from '../../src/index.js';
import { fileOf, folder } from './bytes.js';

// When a call returns a status that the contract does not define for it, an error names the call and the status. This holds
// for plugins in-process and isolated.

const LIBRARY = join(buildFolder, 'test/libengine-fixture.so');
const log = fileOf(Buffer.from('one\ntwo\nthree\n'));

async function through(pipeline: object): Promise<void> {
  const fd = openSync(join(folder, 'statuses'), 'w');
  try {
    await run([log], { ...pipeline, output: { fd, name: 'statuses' } });
  } finally {
    closeSync(fd);
  }
}

type Use = (plugin: Plugin) => unknown;
const filterBy = (shape: string): Use => {
  return (filter) => through({ stages: [{ filter, shape }] });
};
const transformBy = (shape: string): Use => {
  return (transform) => through({ stages: [{ transform, shape }] });
};
const exportBy: Use = (exporter) => through({ exporter: exporter as Plugin & { exporter: Exporter } });
const testBy: Use = (plugin) => (plugin as Plugin & { filter: Filter }).filter.test('line');

interface Call {
  call: string;
  use: Use;
  by?: string;
  /** The highest status that the contract defines for the call. */
  most?: number;
  /** An isolated plugin that breaks the contract in this call loses lines or the run, as after other faults. */
  fault?: true;
}
const CALLS: Call[] = [
  { call: 'init', use: () => undefined },
  { call: 'run', use: (plugin) => plugin.run() },
  { call: 'run', by: 'runAsync', use: (plugin) => plugin.runAsync() },
  { call: 'match', by: 'test', use: testBy, most: 1 },
  { call: 'match', use: filterBy('line'), most: 1, fault: true },
  { call: 'match_batch', use: filterBy('batch'), fault: true },
  { call: 'scan', use: filterBy('scan'), most: Number.POSITIVE_INFINITY },
  { call: 'literal', use: filterBy('line'), most: 1 },
  { call: 'transform', use: transformBy('line'), most: 1, fault: true },
  { call: 'transform_batch', use: transformBy('batch'), fault: true },
  { call: 'begin', use: exportBy, fault: true },
  { call: 'write', use: exportBy, fault: true },
  { call: 'end', use: exportBy, fault: true },
];

describe.each([
  { place: 'in this process', isolate: undefined },
  { place: 'in a process of its own', isolate: { onFault: 'stop' as const } },
])('a plugin $place that returns', ({ isolate }) => {
  const failure = async (call: string, use: Use, status: number): Promise<Error | undefined> => {
    try {
      using plugin = loadPlugin(LIBRARY, { isolate, config: { fault: `${call}=${status}` } });
      await use(plugin);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  };

  it.each(CALLS)('what it cannot from $call, $by', async ({ call, use, most = 0, fault }) => {
    for (const status of [1, 2, 3, 2 ** 31 - 1].filter((status) => status > most)) {
      const error = await failure(call, use, status);
      expect(error).toBeInstanceOf(isolate && fault ? PluginFaultError : ContractViolationError);
      const what = ['match', 'literal'].includes(call)
        ? `it returned ${status}, and only 0 and 1 are answers`
        : `it returned the status ${status}, which it cannot`;
      expect(error?.message.slice(0, error.message.indexOf(what) + what.length)).toBe(
        `plugin engine-fixture: ${call}: ${what}`,
      );
    }
    for (const status of [-10, -(2 ** 31)]) {
      const error = await failure(call, use, status);
      expect(error).toBeInstanceOf(PluginFailedError);
      expect(error?.message).toBe(`plugin engine-fixture: ${call}: no reason given (status ${status})`);
    }
  });

  it.each([0, 5])('no state from state_new, and %s as its error', async (status) => {
    for (const use of [filterBy('line'), testBy]) {
      const error = await failure('state_new', use, status);
      expect(error).toBeInstanceOf(ContractViolationError);
      expect(error?.message).toBe('plugin engine-fixture: state_new: it gave no state and no error');
    }
  });
});
