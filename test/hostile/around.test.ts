import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin, onPluginLog, type Pipeline, type Plugin } from '../../src/index.js';
import { builtIn } from '../e2e/command.js';
import { folder, outputOf } from '../engine/bytes.js';
import { HOSTILE, isolates, says } from './drill.js';

// Hidden lines: those that a filter drops, also in earlier files, and a part of a line that a transform replaces.
const files = [0, 1, 2].map((file) => {
  const path = join(folder, `secrets${file}`);
  const lines = Array.from({ length: 2000 }, (_, i) =>
    i === 1500 && file === 2 ? 'ERROR POISON password=SECRET' : i % 3 === 0 ? `${i} SECRET` : `${i} ERROR something`,
  );
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
});

describe.each(isolates)('a plugin ($name) that looks around in its memory', ({ isolate }) => {
  /** Returns how many hidden lines the plugin finds. */
  const found = async (pipeline: (plugin: Plugin) => object, off = false) => {
    const told: string[] = [];
    onPluginLog(({ message }) => told.push(message));
    using plugin = loadPlugin(HOSTILE, { isolate, config: { attack: 'look-around', off } });
    const { result, error } = await outputOf(files, { blockSize: 8192, ...pipeline(plugin) } as Pipeline);
    expect(error).toBeUndefined();
    expect(result?.faults).toEqual([]);
    const said = await says(plugin, told, off ? 'held back look-around' : 'forged look-around');
    return Number(/found (\d+)/.exec(said)?.[1]);
  };
  const contains = () => loadPlugin(builtIn('contains'), { isolate, config: { text: 'ERROR' } });
  const redact = () => loadPlugin(builtIn('redact'), { isolate });

  it('finds what it looks for where it is the first, which shows that it looks', async () => {
    expect(await found((filter) => ({ stages: [{ filter }] }))).toBeGreaterThan(0);
    expect(await found((exporter) => ({ exporter }))).toBeGreaterThan(0);
    expect(await found((filter) => ({ stages: [{ filter }] }), true)).toBe(0);
  });

  it.each(['filter', 'transform', 'exporter'])('finds nothing as %s behind a filter and redact', async (role) => {
    using filter = contains();
    using transform = redact();
    const before = [{ filter }, { transform }];
    expect(
      await found((plugin) =>
        role === 'exporter' ? { stages: before, exporter: plugin } : { stages: [...before, { [role]: plugin }] },
      ),
    ).toBe(0);
  });

  it('finds nothing behind stages in this process', async () => {
    using filter = loadPlugin(builtIn('contains'), { config: { text: 'ERROR' } });
    using transform = loadPlugin(builtIn('redact'));
    expect(await found((exporter) => ({ stages: [{ filter }, { transform }], exporter }))).toBe(0);
  });

  it('finds nothing of what the filter before it in a group has kept', async () => {
    using first = loadPlugin(builtIn('contains'), { isolate, config: { text: 'SECRET' } });
    const poison = join(folder, 'poison');
    writeFileSync(poison, '1 SECRET\n2 POISON\n3 SECRET\n');
    files.push(poison);
    expect(await found((filter) => ({ stages: [{ any: [{ filter: first }, { filter }] }] }))).toBe(0);
    files.pop();
  });
});
