import { describe, expect, it } from 'vitest';
import { loadPlugin } from '../../../src/index.js';
import { makeScratch } from '../../helpers/compile.js';
import { thrown } from '../../helpers/thrown.js';
import { type Asked, type Ended, hungry, MemoryDrill, type Mode, OFF } from './drill.js';
import { Descendants, memoryOf } from './memory-of.js';
import { WAYS, type Way } from './ways.js';

// Skipped under a sanitizer, whose own memory exceeds every limit.
const sanitized = process.env.LD_PRELOAD !== undefined;
// `npm run drill:memory` tries every way in every place.
const all = process.env.PLUGHOST_WAYS === 'all';

/** MiB. */
const MAX_OF_A_PROCESS = 300;
const MAX_OF_THE_HOST = 200;
const REALLY_TAKEN = 300;

const drill = new MemoryDrill(makeScratch());
let unlimited: Promise<Ended> | undefined;
/** Memory of a run in which the plugin does nothing wrong. */
const usual = () => {
  unlimited ??= drill.run({ way: '', at: 'match', mode: 'isolated', memory: '64M' });
  return unlimited;
};

const MODES: Mode[] = ['isolated', 'sandboxed'];
const everywhere = MODES.flatMap((mode) => (['init', 'match'] as const).map((at) => ({ mode, at })));
const tried = WAYS.flatMap((way) =>
  (all ? everywhere : way.light ? [way.light] : []).map((where) => ({ way, ...where })),
);

/** Expects that the output is exact, or that a failure is reported. */
function expectTold({ status, stdout, stderr }: Ended, at: Asked['at']): void {
  if (status === 0) {
    expect(stdout).toBe(drill.all);
    return;
  }
  expect(status).toBe(2);
  expect(stdout).toBe(at === 'match' ? drill.cured : '');
  expect(stderr).toMatch(
    at === 'match'
      ? /^host: plugin hungry: filter: .* line 1501, .* the line is left out$/m
      : /^host: plugin hungry: /m,
  );
}

/** Where a way takes memory when there is no limit. */
const takes = ({ grows, only }: Way, mode: Mode) => (only && only !== mode ? undefined : grows);

describe.skipIf(sanitized)('a plugin that takes memory by every way', () => {
  it.each(tried)('such as $way.name in $at, $mode, is held to its limit', async ({ way, at, mode }) => {
    const ended = await drill.run({ way: way.name, at, mode, memory: '64M' });
    expectTold(ended, at);
    expect(ended.taken.largest).toBeLessThan(MAX_OF_A_PROCESS);
    expect(ended.taken.host - (await usual()).taken.host).toBeLessThan(MAX_OF_THE_HOST);
    const killed = ended.stderr.includes('its process was killed, at its memory limit');
    if (takes(way, mode) && way.stopped) expect(killed).toBe(way.stopped === 'killed');
    if (way.meets) expect(ended.stderr).toMatch(way.meets);
    else if (!takes(way, mode) && way.unreported !== at) expect(ended.stderr).toMatch(/the sandbox refused/);
  });

  // Without this the test of the limit would prove nothing.
  it.each(tried.filter(({ way, mode }) => takes(way, mode)))(
    'such as $way.name in $at, $mode, takes it when there is no limit',
    async ({ way, at, mode }) => {
      const grows = takes(way, mode) ?? 'largest';
      const { taken } = await drill.run({ way: way.name, at, mode, memory: OFF });
      expect(taken[grows] - (grows === 'host' ? (await usual()).taken.host : 0)).toBeGreaterThan(REALLY_TAKEN);
    },
  );

  it('in a constructor of its library is refused', async () => {
    const ended = await drill.run({ way: '', at: 'init', mode: 'sandboxed', memory: '64M' }, hungry('load'));
    expect(ended.status).toBe(2);
    expect(ended.stderr).toMatch(/^host: plugin hungry: load \(a constructor of the library\): .*its memory limit$/m);
    expect(ended.taken.largest).toBeLessThan(MAX_OF_A_PROCESS);
  });

  it('by a thread of its own is ended, though nobody calls it', async () => {
    const config = { way: 'thread-behind', at: 'run', most: 400 };
    using plugin = loadPlugin(hungry(), {
      config,
      isolate: { memory: 128 << 20, sandbox: true, grant: { threads: true } },
    });
    expect(plugin.run()).toBe('done');
    const started = new Descendants(process.pid);
    const runners = () => started.find().filter((pid) => memoryOf(pid)?.name === 'plughost-runner');
    expect(runners().length).toBe(1);
    await expect.poll(runners, { timeout: 20_000 }).toEqual([]);
    expect(thrown(() => plugin.run()).message).toBe('plugin hungry: run: its process was killed, at its memory limit');
    // The host starts the plugin again.
    expect(plugin.run()).toBe('done');
  });

  it('takes what an answer of run may have in the host, and leaves nothing when it is gone', async () => {
    const nameless = () => memoryOf(process.pid)?.nameless ?? 0;
    const config = { way: 'answers', at: 'run', most: 400 };
    for (const memory of [0, 64 << 20]) {
      const plugin = loadPlugin(hungry(), { config, isolate: { sandbox: true, memory } });
      expect(plugin.run()).toBe('done');
      // Two answers, of 16 MiB each.
      expect(nameless()).toBeGreaterThan(25);
      expect(nameless()).toBeLessThan(40);
      plugin.close();
      await expect.poll(nameless).toBeLessThan(10);
    }
  });
});
