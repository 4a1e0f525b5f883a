import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadPlugin, run } from '../../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../../helpers/compile.js';

const scratch = makeScratch();
const log = join(scratch, 'log');
writeFileSync(log, 'one\ntwo\nthree\n');

/**
 * The source of a filter, transform and exporter that overwrites all of its structs at the time `when`, with invalid
 * addresses and sizes that are too large.
 */
const changing = (when: 'state_new' | 'match', shared = false) =>
  pluginSource({
    shared,
    head: `
static plug_filter filter;
static plug_transform transform;
static plug_exporter exporter;
static plug_plugin *self;
static void spoil(void *of, size_t size) { memset(of, 0x5a, size); }
static void change(void) {
  spoil(&filter, sizeof filter); spoil(&transform, sizeof transform); spoil(&exporter, sizeof exporter);
  if (self) spoil(self, sizeof *self);
}
static void *state_new(const plug_plugin *plugin, plug_error *error) { ${when === 'state_new' ? 'change();' : ''} return malloc(1); }
static void state_free(const plug_plugin *plugin, void *state) { free(state); }
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  ${when === 'match' ? 'change();' : ''} return len == 3; }
static int32_t same(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
  plug_error *error) { ${when === 'match' ? 'change();' : ''} return PLUG_UNCHANGED; }
static int32_t write_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
  uint32_t *taken, plug_sink *out, plug_error *error) {
  ${when === 'match' ? 'change();' : ''} return plug_put(out, lines->count == 2 ? "two\\n" : "?\\n"); }`,
    init: `self = plugin;
      filter = (plug_filter){.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .state_new = state_new, .state_free = state_free, .match = match};
      transform = (plug_transform){.size = sizeof transform, .flags = PLUG_TRANSFORM_LINEWISE, .state_new = state_new, .state_free = state_free, .transform = same};
      exporter = (plug_exporter){.size = sizeof exporter, .state_new = state_new, .state_free = state_free, .write = write_rows};
      return PLUG_OK;`,
    run: 'return plug_put(out, "done");',
    destroy: '',
    extension: `return plug_same_id(id, PLUG_FILTER) ? (const void *)&filter :
      plug_same_id(id, PLUG_TRANSFORM) ? (const void *)&transform :
      plug_same_id(id, PLUG_EXPORTER) ? (const void *)&exporter : 0;`,
  });

describe.skipIf(noCompiler)(
  `a plugin that overwrites its structs${noCompiler ? ` (skipped: ${noCompiler})` : ''}`,
  () => {
    describe.each([
      ['in this process', {}],
      ['in a process of its own', { isolate: true as const }],
    ])('%s', (where, options) => {
      test.each([
        ['at state_new', 'state_new', false],
        ['at its first line', 'match', false],
        ['at state_new, as a data object', 'state_new', true],
      ] as const)('%s is used by what was checked', async (_, when, shared) => {
        const path = compile(scratch, `${when}-${shared}-${where.length}`, changing(when, shared));
        using plugin = loadPlugin(path, { ...options, needs: ['filter', 'transform', 'exporter'] });
        const written: string[] = [];
        for (const stages of [[{ filter: plugin }], [{ filter: plugin }, { transform: plugin }]]) {
          const result = await run([log], { stages });
          written.push(`${result.kept}`);
        }
        const exported = join(scratch, `${when}-${shared}-${where.length}.out`);
        const fd = openSync(exported, 'w');
        await run([log], { stages: [{ filter: plugin }], exporter: plugin, output: { fd, name: exported } });
        closeSync(fd);
        expect([...written, readFileSync(exported, 'utf8')]).toEqual(['2', '2', 'two\n']);
        expect([plugin.run(), plugin.filter.test('abc'), plugin.filter.test('abcd')]).toEqual(['done', true, false]);
      });
    });
  },
);
