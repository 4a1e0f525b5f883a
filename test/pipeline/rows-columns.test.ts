import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadPlugin } from '../../src/index.js';
import { describeRows } from '../../src/pipeline/rows/describe.js';
import { host, seen } from '../e2e/command.js';
import { compile, makeScratch, noCompiler, pluginSource } from '../helpers/compile.js';
import { thrown } from '../helpers/thrown.js';

const scratch = makeScratch();
const log = join(scratch, 'a.log');

/** A parser that gives columns by their own types alone: each line is a number, in several forms. */
const STRICT = `
static const struct { const char *name; uint32_t type; } known[] = {
    {"n", PLUG_INTEGER}, {"half", PLUG_REAL}, {"text", PLUG_TEXT}, {"odd", PLUG_BOOLEAN}, {"time", PLUG_TIME}};
enum { KNOWN = sizeof known / sizeof *known };
typedef struct state { uint32_t count, of[64]; } state;
static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  if (index >= KNOWN) return 0;
  field->name = known[index].name, field->type = known[index].type;
  return 1;
}
static void *state_new(const plug_plugin *plugin, plug_error *error) { return calloc(1, sizeof(state)); }
static void state_free(const plug_plugin *plugin, void *state) { free(state); }
static int32_t want(const plug_plugin *plugin, void *s, const plug_schema *wanted, plug_error *error) {
  state *self = s;
  for (uint32_t i = 0; i < wanted->count; i++, self->count++) {
    uint32_t k = 0;
    while (strcmp(known[k].name, wanted->fields[i]->name) != 0) k++;
    if (known[k].type != wanted->fields[i]->type) return plug_fail(error, PLUG_ERROR_CONFIG, "only by its own type");
    self->of[i] = k;
  }
  return PLUG_OK;
}
static int32_t parse(const plug_plugin *plugin, void *s, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *made, plug_error *error) {
  const state *self = s;
  for (uint32_t row = 0; row < lines->count; row++) {
    const plug_span line = lines->spans[row];
    const int64_t n = strtoll((const char *)lines->block.data + line.offset, NULL, 10);
    fits[row / 64] |= UINT64_C(1) << (row % 64);
    for (uint32_t i = 0; i < self->count; i++) {
      const plug_cell cells[] = {{.integer = n}, {.real = (double)n / 2}, {.text = line}, {.integer = n & 1},
                                 {.integer = n * 500000000}};
      plug_set_value(&columns[i], row, cells[self->of[i]]);
    }
  }
  return PLUG_OK;
}
static const plug_parser calls = {.size = sizeof calls, .flags = PLUG_PARSER_LINEWISE, .state_new = state_new,
                                  .state_free = state_free, .want = want, .parse = parse, .field = field};
`;

/** Makes a library of a plugin with one extension. */
const library = (name: string, id: string, head: string) =>
  compile(
    scratch,
    name,
    pluginSource({
      manifest: JSON.stringify({ id: `org.example.${name}`, name, version: '1.0.0', extensions: [id] }),
      head,
      extension: `return plug_same_id(id, ${JSON.stringify(id)}) ? &calls : NULL;`,
    }),
  );

/** Makes an aggregator that names these columns of its answer, as C spells them. Nothing else of it is called. */
const aggregator = (name: string, columns: string) =>
  library(
    name,
    'plug.aggregator/1',
    `
static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *field) { return 0; }
static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  static const plug_field known[] = {${columns}};
  if (index >= sizeof known / sizeof *known) return 0;
  *field = known[index];
  return 1;
}
static int32_t update(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t groups, plug_error *error) { abort(); }
static int32_t serialize(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out,
                         plug_error *error) { abort(); }
static int32_t merge(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes,
                     plug_error *error) { abort(); }
static int32_t finish(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) { abort(); }
static const plug_aggregator calls = {.size = sizeof calls, .column = column, .output = output, .update = update,
                                      .serialize = serialize, .merge = merge, .finish = finish};
`,
  );

const PLACES = [[], ['--isolate']];

describe.skipIf(noCompiler)(`columns of plugins (${noCompiler ?? 'C'})`, () => {
  it('have other types for readers whom the parser refuses them', async () => {
    writeFileSync(log, '7\n-4\n1\n0x\n');
    const strict = library('strict', 'plug.parser/1', STRICT);
    for (const place of PLACES) {
      const run = async (...more: string[]) => seen(await host(['run', log, '--parse', strict, ...place, ...more]));
      const gives = async (columns: string, rows: string) => {
        const outcome = await run('--columns', columns);
        expect({ ...outcome, stdout: outcome.stdout.replace(/^.*\n/, '') }).toEqual({
          status: 0,
          stdout: rows,
          stderr: '',
        });
      };
      await gives('n,n:real,n:text,n:boolean', '7,7,7,\n-4,-4,-4,\n1,1,1,true\n0,0,0,false\n');
      await gives('half,half:integer,half:text,half:boolean', '3.5,,3.5,\n-2,-2,-2,\n0.5,,0.5,\n0,0,0,false\n');
      await gives('text,text:integer,text:real,text:boolean', '7,7,7,\n-4,-4,-4,\n1,1,1,true\n0x,,,\n');
      const [odd, even] = ['true,1,1,true', 'false,0,0,false'];
      await gives('odd,odd:integer,odd:real,odd:text', `${odd}\n${even}\n${odd}\n${even}\n`);
      const times = [
        '1970-01-01T00:00:03.5Z',
        '1969-12-31T23:59:58Z',
        '1970-01-01T00:00:00.5Z',
        '1970-01-01T00:00:00Z',
      ];
      await gives('time,time:text', times.map((time) => `${time},${time}\n`).join(''));
      const answers = await run('--aggregate', 'stats', '-p', 'of=n', '--aggregate', 'distinct', '-p', 'of=n');
      expect(answers).toEqual({
        status: 0,
        stdout: 'count,sum,min,max,mean,distinct\n4,4,-4,7,1,4\n',
        stderr: '',
      });
      expect(await run('--columns', 'n:time')).toMatchObject({
        status: 2,
        stderr:
          'host: plugin strict: want: only by its own type; n is an integer, and it is asked for as a time (CONFIG)\n',
      });
    }
  });

  it.each([
    ['two outputs of one name', '{0, PLUG_TEXT, "a", 0}, {0, PLUG_INTEGER, "a", 0}', 'it names two columns a'],
    ['no type', '{0, PLUG_ANY, "a", 0}', 'it names the column a without a type'],
    ['a name in Latin-1', '{0, PLUG_TEXT, "a\\xff", 0}', 'it names a column with a name that is not UTF-8'],
    ['a surrogate', '{0, PLUG_TEXT, "\\xed\\xa0\\x80", 0}', 'it names a column with a name that is not UTF-8'],
  ])('are refused where they break the contract: %s', async (_, columns, rule) => {
    const made = aggregator(`breaks${rule.length}${columns.length}`, columns);
    for (const place of PLACES) {
      const outcome = seen(await host(['run', log, '--parse', 'line', '--aggregate', made, ...place]));
      expect(outcome).toMatchObject({ status: 2, stdout: '' });
      expect(outcome.stderr).toContain(`: output: ${rule}\n      this is a fault of the plugin; tell its author\n`);
    }
  });

  it.each([
    ['have one name', 'twice', ['{"half"', '{"n"'], 'it names two columns n'],
    ['have no type', 'untyped', ['PLUG_REAL', 'PLUG_ANY'], 'it names the column half without a type'],
  ])('are refused if those of a parser %s', (_, name, [from = '', to = ''], rule) => {
    const made = library(name, 'plug.parser/1', STRICT.replace(from, to));
    for (const isolate of [undefined, {}]) {
      using parser = loadPlugin(made, isolate && { isolate });
      expect(thrown(() => describeRows(parser, 'parser'))).toMatchObject({
        message: `plugin ${name}: field: ${rule}`,
      });
    }
  });
});
