import { describe, expect, it } from 'vitest';
import { loadPlugin, type Pipeline, PlughostError } from '../../src/index.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { fileOf, outputOf } from './bytes.js';

// The engine checks the spans that a filter reports before it prints them.

const scratch = makeScratch();

/** Builds a filter that keeps every line. `spans` is the body of its function plug_filter.spans. */
const filterOf = (name: string, spans: string, more = '') =>
  compile(
    scratch,
    name,
    pluginSource({
      head: `#include <signal.h>
        #include <stddef.h>
        static int32_t match(const plug_plugin *p, void *s, const uint8_t *d, uint64_t n) { return n < 1000; }
        static int32_t spans(const plug_plugin *p, void *s, const plug_ctx *ctx, plug_bytes line, plug_sink *out, plug_error *error) {
          const int bad = line.len >= 3 && memcmp(line.data, "bad", 3) == 0;
          if (!bad) return plug_put_span(out, 1, 1);
          ${spans}
          return PLUG_OK;
        }
        static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match, .spans = spans ${more}};`,
      extension: 'return plug_same_id(id, PLUG_FILTER) ? &filter : 0;',
    }),
  );

const LINES = 'one\nbad line\nthree\n';
const submatches = (output: Buffer) =>
  output
    .toString()
    .split('\n')
    .filter((line) => line.includes('"match","data"'))
    .map((line) =>
      JSON.parse(line).data.submatches.map(({ start, end }: { start: number; end: number }) => [start, end]),
    );

const ORDER = 'spans gave spans that overlap, do not ascend, or leave the line';
const BAD: [string, string, string][] = [
  ['that overlap', 'plug_put_span(out, 0, 2), plug_put_span(out, 1, 2);', ORDER],
  ['that descend', 'plug_put_span(out, 4, 1), plug_put_span(out, 0, 1);', ORDER],
  ['beyond the line', 'plug_put_span(out, 7, 2);', ORDER],
  ['far away', 'plug_put_span(out, 0xffffffff, 2);', ORDER],
  ['that are enormous', 'plug_put_span(out, 1, 0xffffffff);', ORDER],
  ['that are empty and touch the one before', 'plug_put_span(out, 0, 1), plug_put_span(out, 1, 0);', ORDER],
  ['that touch an empty one before', 'plug_put_span(out, 0, 0), plug_put_span(out, 0, 1);', ORDER],
  ['twice', 'plug_put_span(out, 3, 0), plug_put_span(out, 3, 0);', ORDER],
  ['in part', 'out->write(out, "abcd", 4);', 'spans wrote a part of a span'],
  [
    'without end',
    'for (int i = 0; i < 100000; i++) plug_put_span(out, 0, 0);',
    'spans wrote more spans than the line can have',
  ],
  ['with a status that there is not', 'return 1;', 'spans returned a status that it cannot'],
];

describe.skipIf(noCompiler)(`spans of a filter${noCompiler ? ` (skipped: ${noCompiler})` : ''}`, () => {
  const print: Pipeline['print'] = { form: 'json' };

  it.each(BAD)('%s end the run in this process, after the lines before', async (_, body, rule) => {
    using filter = loadPlugin(filterOf(`bad-${BAD.findIndex(([, other]) => other === body)}`, body));
    const lines = `${'one\n'.repeat(2000)}${LINES}`;
    const { output, error } = await outputOf([fileOf(Buffer.from(lines))], {
      stages: [{ filter }],
      print,
      blockSize: 1024,
    });
    expect(error).toBeInstanceOf(PlughostError);
    expect(error).toMatchObject({ code: 'ERR_CONTRACT_VIOLATION', message: expect.stringContaining(`: ${rule}`) });
    const shown = submatches(output);
    expect(shown.length).toBeGreaterThan(1000);
    for (const places of shown) expect(places).toEqual([[1, 2]]);
  });

  it.each(BAD)('%s cost nothing but themselves in a process of its own', async (_, body, rule) => {
    using filter = loadPlugin(filterOf(`bad-${BAD.findIndex(([, other]) => other === body)}`, body), { isolate: true });
    const { output, result } = await outputOf([fileOf(Buffer.from(LINES))], { stages: [{ filter }], print });
    expect(submatches(output)).toEqual([[[1, 2]], [], [[1, 2]]]);
    expect(result?.faults).toMatchObject([
      {
        code: 'ERR_PLUGIN_FAULT',
        message: expect.stringMatching(`spans: .*${rule}: .*, line 2, byte 4: the line is kept$`),
        place: { line: 2, verdict: 'kept' },
      },
    ]);
  });

  it('that crash the process show the line without them, and all others with theirs', async () => {
    using filter = loadPlugin(filterOf('crash', 'raise(SIGSEGV);'), { isolate: true });
    const lines = Array.from({ length: 3000 }, (_, i) => (i % 1000 === 500 ? 'bad\n' : `line ${i}\n`)).join('');
    const stages = [{ filter }];
    const { output, result } = await outputOf([fileOf(Buffer.from(lines))], { stages, print, workers: 2 });
    const shown = submatches(output);
    expect(shown).toHaveLength(3000);
    for (const [i, places] of shown.entries()) expect(places).toEqual(i % 1000 === 500 ? [] : [[1, 2]]);
    expect(result?.faults.map(({ place }) => [place?.line, place?.verdict])).toEqual(
      [501, 1501, 2501].map((line) => [line, 'kept']),
    );
  });

  it('that crash the process end the run where the user wants that', async () => {
    using filter = loadPlugin(filterOf('crash-stop', 'raise(SIGSEGV);'), { isolate: { onFault: 'stop' } });
    const { error } = await outputOf([fileOf(Buffer.from(LINES))], { stages: [{ filter }], print });
    expect(error).toMatchObject({ code: 'ERR_PLUGIN_FAULT', place: { line: 2, verdict: 'stopped' } });
  });

  it.each([[{}], [{ isolate: true }]])('that fail end the run with its words (%j)', async (options) => {
    const body = 'return plug_fail(error, PLUG_ERROR_INTERNAL, "it cannot say where");';
    using filter = loadPlugin(filterOf(`fails-${JSON.stringify(options).length}`, body), options);
    const { error } = await outputOf([fileOf(Buffer.from(LINES))], { stages: [{ filter }], print });
    expect(error).toMatchObject({
      code: 'ERR_PLUGIN_FAILED',
      message: expect.stringMatching(/spans: .*it cannot say where/),
    });
  });

  it.each([[{}], [{ isolate: true }]])(
    'that give up although nobody cancelled are no shorter output (%j)',
    async (options) => {
      const path = filterOf(`gives-up-${JSON.stringify(options).length}`, 'return PLUG_ERROR_CANCELLED;');
      using filter = loadPlugin(path, options);
      const { error } = await outputOf([fileOf(Buffer.from(LINES))], { stages: [{ filter }], print });
      expect(error).toMatchObject({ code: 'ERR_CONTRACT_VIOLATION' });
    },
  );

  it.each([[{}], [{ isolate: true }]])('of a plugin that is older than they are not there (%j)', async (options) => {
    const path = filterOf(
      `old-${JSON.stringify(options).length}`,
      'abort();',
      ', .size = offsetof(plug_filter, spans)',
    );
    using filter = loadPlugin(path, options);
    const { output, error } = await outputOf([fileOf(Buffer.from(LINES))], { stages: [{ filter }], print });
    expect([error, submatches(output)]).toEqual([undefined, [[], [], []]]);
  });

  it('are not asked for where nobody wants to see them', async () => {
    using filter = loadPlugin(filterOf('unasked', 'abort();'));
    for (const other of [{}, { numbers: true }, { names: true, before: 1 }, { form: 'names' }] as const) {
      const { error } = await outputOf([fileOf(Buffer.from(LINES))], { stages: [{ filter }], print: other });
      expect(error).toBeUndefined();
    }
  });

  it('are asked for in a line without its end, whatever that is', async () => {
    const body = 'return plug_put_span(out, 0, line.len);';
    using filter = loadPlugin(filterOf('ends', body));
    for (const [crlf, wanted] of [
      [true, [[0, 4]]],
      [false, [[0, 5]]],
    ] as const) {
      const stages = [{ filter }];
      const { output } = await outputOf([fileOf(Buffer.from('bad!\r\n'))], { stages, print, crlf });
      expect(submatches(output)).toEqual([wanted]);
    }
  });
});
