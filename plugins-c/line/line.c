#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/cells.h"
#include "../shared/known.h"
#include "../shared/made.h"
#include "../shared/times.h"

PLUG_MANIFEST({
  "id" : "org.plughost.line",
  "name" : "line",
  "version" : "0.1.0",
  "description" : "Reads each line as a row, whatever its format: its text, and where it stands",
  "license" : "MIT",
  "extensions" : ["plug.parser/1"],
  "config" : {"type" : "object", "properties" : {}, "additionalProperties" : false}
})

enum { LINE, LENGTH, OFFSET, INPUT, COLUMNS };

static const known_column known[COLUMNS] = {
    [LINE] = {"line", PLUG_TEXT, "The text of the line"},
    [LENGTH] = {"length", PLUG_INTEGER, "The bytes of the line"},
    [OFFSET] = {"offset", PLUG_INTEGER, "The bytes of the input before the line"},
    [INPUT] = {"input", PLUG_INTEGER, "Which input of the run the line is in, from 1"},
};

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Lines"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Reads each line as a row");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  return (void)plugin, new_state(sizeof(asked_list), error);
}

static void state_free(const plug_plugin *plugin, void *state) { (void)plugin, free_state(state); }

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  return (void)plugin, give_field(known, COLUMNS, index, field);
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  return (void)plugin, ask_for(known, COLUMNS, columns, state, error);
}

/* Gives a number as another type. Returns 1, 0 if it is no value of the type, or an error. */
static int32_t number_as(uint32_t type, int64_t number, made_text *made, plug_cell *cell) {
  if (type == PLUG_TEXT) {
    uint8_t digits[CELL_MAX];
    const int32_t status = make_text(made, digits, (uint64_t)(put_integer(digits, number) - digits), &cell->text);
    return status == PLUG_OK ? 1 : status;
  }
  if (type == PLUG_REAL)
    cell->real = (double)number;
  else
    cell->integer = number;
  return type != PLUG_BOOLEAN || number == 0 || number == 1;
}

/* Gives a column of a line. Returns 1, 0 if it has no value, or an error. */
static int32_t give(const plug_lines *lines, uint32_t row, asked column, made_text *made, plug_cell *cell) {
  const plug_span line = lines->spans[row];
  switch (column.column) {
    case LENGTH:
      return number_as(column.type, line.length, made, cell);
    case OFFSET:
      return number_as(column.type, (int64_t)plug_line_offset(lines, row), made, cell);
    case INPUT:
      return number_as(column.type, (int64_t)lines->input + 1, made, cell);
    default:
      if (column.type != PLUG_TEXT)
        return to_value(column.type, (plug_bytes){lines->block.data + line.offset, line.length}, cell);
      cell->text = line;
      return 1;
  }
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *sink,
                     plug_error *error) {
  (void)plugin, (void)skipped;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const asked_list *const wanted = state;
  made_text made = {sink, lines->block.len, 0};
  for (uint32_t i = 0; i < lines->count; i++) fits[i / 64] |= UINT64_C(1) << (i % 64);
  for (uint32_t k = 0; k < wanted->count; k++) {
    for (uint32_t i = 0; i < lines->count; i++) {
      plug_cell cell;
      const int32_t status = give(lines, i, wanted->of[k], &made, &cell);
      if (status < 0) return plug_fail(error, status, "there is no memory for the values of a line");
      if (status) plug_set_value(&columns[k], i, cell);
    }
  }
  return PLUG_OK;
}

static const plug_parser parser = {.size = sizeof(plug_parser),
                                   .flags = PLUG_PARSER_LINEWISE,
                                   .state_new = state_new,
                                   .state_free = state_free,
                                   .want = want,
                                   .parse = parse,
                                   .field = field};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_PARSER) ? &parser : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin)
    *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy, .extension = extension};
  return plugin;
}
