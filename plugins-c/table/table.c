#include <plughost/config.h>
#include <plughost/plughost.h>

#include "../shared/cells.h"
#include "text.h"

PLUG_MANIFEST({
  "id" : "org.plughost.table",
  "name" : "table",
  "version" : "0.1.0",
  "description" : "Writes rows as a table for people: aligned columns, and numbers with separators",
  "license" : "MIT",
  "extensions" : ["plug.exporter/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "file" : {"type" : "boolean", "default" : false, "description" : "Write the name of its file as well"},
      "line" : {"type" : "boolean", "default" : false, "description" : "Write its number in its file as well"},
      "limit" : {
        "type" : "integer",
        "minimum" : 0,
        "default" : 40,
        "description" : "Rows of a table; more are counted. 0: all"
      },
      "width" : {
        "type" : "integer",
        "minimum" : 0,
        "maximum" : 100000,
        "default" : 80,
        "description" : "Columns of the widest text, which is cut. 0: any"
      }
    },
    "additionalProperties" : false
  }
})

enum {
  PREVIEW = 40, /* rows that the widths of columns are chosen from */
  GAP = 2,      /* spaces between columns */
};

typedef struct table {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  plug_exporter exporter;
  int file;
  int line;
  uint64_t limit;
  size_t width;
} table;

typedef struct column {
  size_t width;
  uint32_t type;
} column;

/* The table that is being written. The first row is that of names. */
typedef struct state {
  uint32_t columns;
  column *of;
  shown *cells;   /* of the rows that are held */
  buffer text;    /* of the cells */
  buffer line;    /* rows on their way to the sink */
  uint32_t held;  /* rows, with that of names */
  int has_widths; /* whether the names are written */
  uint64_t rows;  /* without that of names */
  uint64_t tables;
} state;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Table"; }

/* Reads an option that is a whole number. Returns 0 if it is none. */
static int read_number(plug_bytes config, const char *option, uint64_t *to) {
  double number;
  const int found = plug_config_number(config, option, &number);
  if (found == 0) return 1;
  if (found < 0 || !(number >= 0) || number > 0x1p53 || (double)(uint64_t)number != number) return 0;
  *to = (uint64_t)number;
  return 1;
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  table *self = (table *)plugin;
  uint64_t width = 80;
  if (plug_config_bool(config, "file", &self->file) < 0 || plug_config_bool(config, "line", &self->line) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"file\" or \"line\" is neither true nor false");
  if (!read_number(config, "limit", &self->limit))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"limit\" is no number of rows");
  if (!read_number(config, "width", &width) || width > 100000)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"width\" is no number of columns up to 100000");
  self->width = (size_t)width;
  if (self->file) self->exporter.flags |= PLUG_EXPORTER_NAMES;
  if (self->line) self->exporter.flags |= PLUG_EXPORTER_NUMBERS;
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Writes rows as a table");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  state *self = calloc(1, sizeof *self);
  if (!self) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a table");
  return self;
}

static void state_free(const plug_plugin *plugin, void *state_) {
  (void)plugin;
  state *self = state_;
  free(self->of);
  free(self->cells);
  free(self->text.bytes);
  free(self->line.bytes);
  free(self);
}

/* Appends a row to what is written next. Returns 0 if there is no memory. */
static int append_row(state *self, const shown *cells) {
  size_t spaces = 0; /* before the next cell that is not empty, so that no line ends with them */
  for (uint32_t i = 0; i < self->columns; i++) {
    const column of = self->of[i];
    const shown cell = cells[i];
    const size_t padding = of.width > cell.width ? of.width - cell.width : 0;
    const int right = of.type == PLUG_INTEGER || of.type == PLUG_REAL;
    if (i > 0) spaces += GAP;
    if (right) spaces += padding;
    if (cell.len > 0) {
      if (!append_spaces(&self->line, spaces) || !append(&self->line, self->text.bytes + cell.at, cell.len)) return 0;
      spaces = 0;
    } else {
      spaces += cell.width;
    }
    if (!right) spaces += padding;
  }
  return append(&self->line, "\n", 1);
}

/* Writes the lines that are ready in one piece, so that a sink takes all or nothing. */
static int32_t put_lines(state *self, plug_sink *out) {
  const int32_t status = self->line.len > 0 ? out->write(out, self->line.bytes, self->line.len) : PLUG_OK;
  self->line.len = 0;
  return status;
}

/* Chooses the widths, and writes the rows that are held. */
static int32_t put_held(state *self, plug_sink *out) {
  for (uint32_t row = 0; row < self->held; row++)
    for (uint32_t i = 0; i < self->columns; i++) {
      const size_t width = self->cells[row * (size_t)self->columns + i].width;
      if (self->of[i].width < width) self->of[i].width = width;
    }
  for (uint32_t row = 0; row < self->held; row++)
    if (!append_row(self, self->cells + row * (size_t)self->columns)) return PLUG_ERROR_NOMEM;
  const int32_t status = put_lines(self, out);
  if (status != PLUG_OK) return status;
  self->has_widths = 1;
  self->held = 0;
  self->text.len = 0;
  return PLUG_OK;
}

/* Ends the table: writes what is held, and how many rows there are besides. */
static int32_t finish_table(const table *self, state *state, plug_sink *out) {
  if (state->tables == 0) return PLUG_OK;
  const int32_t status = state->has_widths ? PLUG_OK : put_held(state, out);
  if (status != PLUG_OK || self->limit == 0 || state->rows <= self->limit) return status;
  shown as;
  const plug_cell more = {.integer = (int64_t)(state->rows - self->limit)};
  static const char hint[] = " more: --limit 0\n";
  state->text.len = 0;
  if (!append_value(&state->text, PLUG_INTEGER, more, &as) ||
      !append(&state->line, state->text.bytes, state->text.len) || !append(&state->line, hint, sizeof hint - 1))
    return PLUG_ERROR_NOMEM;
  return put_lines(state, out);
}

/* Begins a table with this many columns, of which the first are those of the place. */
static int32_t begin_table(const table *self, state *state, uint64_t columns, plug_sink *out) {
  int32_t status = finish_table(self, state, out);
  if (status == PLUG_OK && state->tables++ > 0) status = out->write(out, "\n", 1);
  if (status != PLUG_OK) return status;
  free(state->of);
  free(state->cells);
  state->columns = (uint32_t)columns;
  state->of = columns < UINT32_MAX / 64 ? calloc((size_t)columns + 1, sizeof *state->of) : NULL;
  state->cells = state->of ? calloc(((size_t)columns + 1) * (PREVIEW + 1), sizeof *state->cells) : NULL;
  state->held = 0;
  state->has_widths = 0;
  state->rows = 0;
  state->text.len = 0;
  return state->cells ? PLUG_OK : PLUG_ERROR_NOMEM;
}

/* Returns the cells of the next row. */
static shown *next_row(state *self) { return self->cells + self->held * (size_t)self->columns; }

/* Keeps the row that was just filled, or writes it. Returns PLUG_OK, or an error after which the row is not there. */
static int32_t end_row(state *self, size_t begin, plug_sink *out) {
  int32_t status = PLUG_OK;
  self->rows++;
  if (!self->has_widths) {
    if (++self->held <= PREVIEW) return PLUG_OK;
    status = put_held(self, out);
    if (status != PLUG_OK) self->held--, self->text.len = begin;
  } else {
    status = append_row(self, next_row(self)) ? put_lines(self, out) : PLUG_ERROR_NOMEM;
    self->text.len = 0;
  }
  if (status != PLUG_OK) self->rows--;
  return status;
}

static int is_beyond(const table *self, const state *state) { return self->limit > 0 && state->rows >= self->limit; }

/* Fills the names of the columns of the place. Returns how many there are, or -1 if there is no memory. */
static int append_place_names(const table *self, state *state) {
  int count = 0;
  shown *const cells = next_row(state);
  if (self->file) {
    state->of[count].type = PLUG_TEXT;
    if (!append_shown(&state->text, bytes_of("file"), 0, cells + count++)) return -1;
  }
  if (self->line) {
    state->of[count].type = PLUG_INTEGER;
    if (!append_shown(&state->text, bytes_of("line"), 0, cells + count++)) return -1;
  }
  return count;
}

/* Fills the cells of the place of a line; without lines they stay empty. Returns as append_place_names. */
static int append_place(const table *self, state *state, const plug_lines *lines, uint32_t row) {
  int count = 0;
  shown *const cells = next_row(state);
  if (self->file) {
    const plug_bytes file = lines && PLUG_HAS(lines, input_name) ? *lines->input_name : bytes_of("");
    if (!append_shown(&state->text, file, self->width, cells + count++)) return -1;
  }
  if (self->line) {
    cells[count] = (shown){state->text.len, 0, 0};
    if (lines && PLUG_HAS(lines, numbers)) {
      const plug_cell number = {.integer = (int64_t)lines->numbers[row]};
      if (!append_value(&state->text, PLUG_INTEGER, number, cells + count)) return -1;
    }
    count++;
  }
  return count;
}

static int32_t failed(int32_t status, plug_error *error) {
  return plug_fail(error, status,
                   status == PLUG_ERROR_NOMEM ? "there is no memory for a table" : "the sink did not take a table");
}

/* Returns whether rows with this many columns may come. */
static int has_begun(const table *self, const state *state, uint32_t columns) {
  return state->tables > 0 && state->columns == (uint32_t)(self->file + self->line) + columns;
}

static int32_t begin_rows(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, const plug_schema *columns,
                          plug_sink *out, plug_error *error) {
  (void)ctx;
  const table *self = (const table *)plugin;
  state *state = state_;
  const int32_t status = begin_table(self, state, (uint64_t)self->file + (uint64_t)self->line + columns->count, out);
  if (status != PLUG_OK) return failed(status, error);
  const int places = append_place_names(self, state);
  for (uint32_t i = 0; i < columns->count && places >= 0; i++) {
    const plug_field *const field = columns->fields[i];
    state->of[places + (int)i].type = field->type;
    if (!append_shown(&state->text, bytes_of(field->name), self->width, next_row(state) + places + i))
      return failed(PLUG_ERROR_NOMEM, error);
  }
  if (places < 0) return failed(PLUG_ERROR_NOMEM, error);
  state->held = 1;
  return PLUG_OK;
}

/* Fills the cells of a row. Returns 0 if there is no memory. */
static int append_cells(const table *self, state *state, const plug_rows *rows, uint32_t row) {
  const int places = append_place(self, state, rows->lines, row);
  if (places < 0) return 0;
  shown *const cells = next_row(state) + places;
  for (uint32_t i = 0; i < rows->schema->count; i++) {
    const plug_column *const column = &rows->columns[i];
    const uint32_t type = rows->schema->fields[i]->type;
    cells[i] = (shown){state->text.len, 0, 0};
    if (!plug_has_value(column, row)) continue;
    const plug_cell cell = column->cells[row];
    if (!(type == PLUG_TEXT ? append_shown(&state->text, plug_text(rows, cell.text), self->width, cells + i)
                            : append_value(&state->text, type, cell, cells + i)))
      return 0;
  }
  return 1;
}

static int32_t write_table(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, const plug_rows *rows,
                           plug_sink *out, plug_error *error) {
  const table *self = (const table *)plugin;
  state *state = state_;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  if (!has_begun(self, state, rows->schema->count))
    return plug_fail(error, PLUG_ERROR_INVALID, "rows came of another table than the one that has begun");
  for (uint32_t row = 0; row < rows->count; row++) {
    if (is_beyond(self, state)) {
      state->rows += rows->count - row;
      return PLUG_OK;
    }
    const size_t begin = state->text.len;
    const int32_t status = append_cells(self, state, rows, row) ? end_row(state, begin, out) : PLUG_ERROR_NOMEM;
    if (status != PLUG_OK) return failed(status, error);
  }
  return PLUG_OK;
}

static int32_t begin(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  const plug_field offset = {sizeof offset, PLUG_INTEGER, "offset", NULL},
                   text = {sizeof text, PLUG_TEXT, "text", NULL};
  const plug_field *const fields[] = {&offset, &text};
  const plug_schema columns = {sizeof columns, 2, fields};
  return begin_rows(plugin, state_, ctx, &columns, out, error);
}

static int32_t write(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  const table *self = (const table *)plugin;
  state *state = state_;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  if (!has_begun(self, state, 2))
    return plug_fail(error, PLUG_ERROR_INVALID, "lines came of another table than the one that has begun");
  for (uint32_t i = 0; i < lines->count; i++) {
    if (is_beyond(self, state)) {
      state->rows += lines->count - i;
      return PLUG_OK;
    }
    const size_t begin = state->text.len;
    const plug_cell offset = {.integer = (int64_t)plug_line_offset(lines, i)};
    const plug_bytes text = {lines->block.data + lines->spans[i].offset, lines->spans[i].length};
    const int places = append_place(self, state, lines, i);
    shown *const cells = next_row(state) + places;
    if (places < 0 || !append_value(&state->text, PLUG_INTEGER, offset, cells) ||
        !append_shown(&state->text, text, self->width, cells + 1))
      return failed(PLUG_ERROR_NOMEM, error);
    const int32_t status = end_row(state, begin, out);
    if (status == PLUG_OK) continue;
    if (status != PLUG_ERROR_AGAIN) return failed(status, error);
    /* A row that does not fit into an empty sink never fits. */
    if (i == 0) return plug_fail(error, PLUG_ERROR_IO, "the sink has no room for a single row");
    *taken = i;
    return status;
  }
  return PLUG_OK;
}

static int32_t end(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)ctx;
  const int32_t status = finish_table((const table *)plugin, state_, out);
  return status == PLUG_OK ? status : failed(status, error);
}

static const void *extension(const plug_plugin *plugin, const char *id) {
  return plug_same_id(id, PLUG_EXPORTER) ? &((const table *)plugin)->exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  table *self = malloc(sizeof *self);
  if (!self) return NULL;
  *self = (table){.plugin = {PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run, .destroy = destroy,
                             .extension = extension},
                  .exporter = {.size = sizeof(plug_exporter),
                               .state_new = state_new,
                               .state_free = state_free,
                               .begin = begin,
                               .write = write,
                               .end = end,
                               .begin_rows = begin_rows,
                               .write_rows = write_table},
                  .limit = 40,
                  .width = 80};
  return &self->plugin;
}
