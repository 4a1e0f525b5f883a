import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { RunSpec } from '../../src/addon/run-spec.js';
import type { NativeStage } from '../../src/addon/stage.js';
import { addon } from '../../src/addon.js';
import { loadPlugin, open, type Plugin, run } from '../../src/index.js';
import { Caller } from '../../src/pipeline/caller.js';
import { Job } from '../../src/pipeline/job.js';
import { specOf } from '../../src/pipeline/run-spec.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';

const scratch = makeScratch();
const log = join(scratch, 'log');
writeFileSync(log, 'one\ntwo\n');

const SOURCE = pluginSource({
  head: `
    int32_t matches;
    static int32_t match(const plug_plugin *p, void *s, const uint8_t *d, uint64_t n) {
      matches++;
      return n == 3 ? PLUG_ERROR_PANIC : 1;
    }
    static int32_t transform(const plug_plugin *p, void *s, const uint8_t *d, uint64_t n, plug_sink *out,
                             plug_error *e) {
      return PLUG_UNCHANGED;
    }
    static int32_t write(const plug_plugin *p, void *s, const plug_ctx *c, const plug_lines *l, uint32_t *taken,
                         plug_sink *out, plug_error *e) {
      return PLUG_OK;
    }
    static const plug_filter filter = {.size = sizeof filter, .match = match};
    static const plug_transform transforms = {.size = sizeof transforms, .transform = transform};
    static const plug_exporter exporter = {.size = sizeof exporter, .write = write};`,
  extension: `return plug_same_id(id, PLUG_FILTER)      ? (const void *)&filter
                   : plug_same_id(id, PLUG_TRANSFORM) ? (const void *)&transforms
                   : plug_same_id(id, PLUG_EXPORTER)  ? (const void *)&exporter
                                                      : 0;`,
});

const caller = Caller.function('run');

/** Starts a run with a spec that no plugin made. */
const start = (change: object): Job =>
  new Job(caller, [log], { ...specOf(caller, [log], {}, null), ...change } as RunSpec, {}, {});

const refused = (reason: string) => ({ code: 'ERR_USAGE', message: `run: spec.${reason}` });

describe.skipIf(noCompiler).each([
  { place: 'in this process', isolate: false },
  { place: 'in a process of its own', isolate: true },
])(`a stage of a plugin $place${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, ({ isolate }) => {
  let plugin: Plugin;
  beforeAll(() => {
    plugin = loadPlugin(compile(scratch, `every-kind-${isolate}`, SOURCE), { isolate });
  });

  test('is a handle with nothing to see', () => {
    const stage = plugin.stage('filter');
    expect([typeof stage, Reflect.ownKeys(stage)]).toEqual(['object', []]);
    expect(() => structuredClone(stage)).toThrow(/could not be cloned/);
  });

  test.each(['filter', 'transform', 'exporter'] as const)('is used by any number of runs, as a %s', async (kind) => {
    const stage = plugin.stage(kind);
    const change = kind === 'exporter' ? { exporter: stage } : { stages: [stage, stage] };
    const inputs = ['/dev/null'];
    for (let i = 0; i < 2; i++) expect((await start({ ...change, inputs }).result).bytes).toBe(0);
  });

  test('is refused where its kind has no place', () => {
    const [filter, transform, exporter] = (['filter', 'transform', 'exporter'] as const).map((kind) =>
      plugin.stage(kind),
    );
    expect(() => start({ stages: [filter, exporter] })).toThrow(
      expect.objectContaining(refused('stages[1]: a stage that passes lines on is needed')),
    );
    expect(() => start({ stages: [{ any: [filter, transform] }] })).toThrow(
      expect.objectContaining(refused('stages[0].any[1]: a filter is needed')),
    );
    expect(() => start({ exporter: filter })).toThrow(
      expect.objectContaining(refused('exporter: an exporter is needed')),
    );
  });

  test('is refused once its plugin has ended', () => {
    const closed = loadPlugin(compile(scratch, `closed-${isolate}`, SOURCE), { isolate });
    const stage = closed.stage('filter');
    closed.close();
    expect(() => start({ stages: [stage] })).toThrow(
      expect.objectContaining(refused('stages[0]: its plugin has ended')),
    );
  });
});

describe('a value that is no handle', () => {
  const forged: [string, unknown][] = [
    ['undefined', undefined],
    ['a number', 5],
    ['an address', 5n],
    ['an object', {}],
    ['an object of the addon', new (addon().Context)()],
    ['a function', () => {}],
    ['an array', []],
  ];

  test.each(forged)('such as %s is refused', (_, value) => {
    const needed = 'a stage that a plugin made is needed';
    expect(() => start({ stages: [value as NativeStage] })).toThrow(
      expect.objectContaining(refused(`stages[0]: ${needed}`)),
    );
    expect(() => start({ stages: [{ any: [value as NativeStage] }] })).toThrow(
      expect.objectContaining(refused(`stages[0].any[0]: ${needed}`)),
    );
    expect(() => start({ exporter: value as NativeStage })).toThrow(
      expect.objectContaining(refused(`exporter: ${needed}`)),
    );
  });
});

describe.skipIf(noCompiler)(`a plugin that breaks in a run${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  test('is called no more, in that run, in another one, or by JavaScript', async () => {
    const path = compile(scratch, 'breaks', SOURCE);
    const filter = loadPlugin(path, { needs: ['filter'] });
    const matches = () => addon().readMemory(open(path).lookup('matches').address, 4)?.readInt32LE();
    const stages = [{ any: [{ filter, invert: true }, { filter }] }];
    await expect(run([log], { stages, workers: 1 })).rejects.toThrow(/match: no reason given \(PANIC\)$/);
    expect(matches()).toBe(1);
    await expect(run([log], { stages })).rejects.toThrow(/\(PANIC\)$/);
    expect(() => filter.run()).toThrow(/run: it broke in an earlier call \(PANIC\)$/);
    expect(() => filter.filter.test('four')).toThrow(/match: it broke in an earlier call \(PANIC\)$/);
    expect(matches()).toBe(1);
  });
});
