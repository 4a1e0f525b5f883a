#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

/* The host reads the manifest, which is JSON, from the file, before it runs any code of the plugin. */
/* clang-format off */
PLUG_MANIFEST({
  "id": "org.example.template",
  "name": "template",
  "version": "0.1.0",
  "description": "Reads paths and sizes",
  "extensions": ["plug.parser/1", "plug.row_filter/1", "plug.aggregator/1"],
  "config": {
    "type": "object",
    "properties": {
      "text": {"type": "string", "minLength": 1, "default": "ERROR", "description": "What paths to keep"}
    },
    "additionalProperties": false
  }
})
/* clang-format on */

/* One instance. Several threads use it at once, so nothing in it changes after init. */
typedef struct sizes {
  plug_plugin plugin; /* first, so that a pointer to one is a pointer to the other */
  uint8_t *text;
  uint64_t len;
} sizes;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "template"; }

/* Reads the options. The host has checked them against the manifest and filled in defaults. */
static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  sizes *const self = (sizes *)plugin;
  (void)host;
  self->text = malloc(config.len + 1); /* no text in the config is longer than the config */
  if (!self->text) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the options");
  if (plug_config_string(config, "text", self->text, config.len, &self->len) == 1) return PLUG_OK;
  return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"text\" is not a text");
}

/* Writes what `plughost load` shows. */
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  const sizes *const self = (const sizes *)plugin;
  (void)ctx, (void)error;
  const int32_t status = plug_put(out, "Looks for ");
  return status == PLUG_OK ? out->write(out, self->text, self->len) : status;
}

/* Frees the instance. The host also calls this when init failed. */
static void destroy(plug_plugin *plugin) {
  free(((sizes *)plugin)->text);
  free(plugin);
}

/* Describes a column. */
static int32_t describe(plug_field *field, const char *of_name, uint32_t type, const char *description) {
  field->name = of_name;
  field->type = type;
  field->description = description;
  return 1;
}

/* kind: parser */
/* The columns that are wanted, in this order: 0 is path, 1 is bytes. The state of one thread. */
typedef struct reader {
  uint32_t count;
  uint8_t *columns;
} reader;

/* Describes the columns that every row has. The host asks for index 0, 1, … until there is none. */
static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *described) {
  (void)plugin;
  if (index == 0) return describe(described, "path", PLUG_TEXT, "The first word");
  if (index == 1) return describe(described, "bytes", PLUG_INTEGER, "The number after it");
  return 0;
}

static void *reader_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  reader *const made = calloc(1, sizeof *made);
  if (!made) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a reader");
  return made;
}

static void reader_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(((reader *)state)->columns);
  free(state);
}

/* Remembers what is wanted. Called once, before the first lines. Readers ask for any type, and the host converts what
 * is refused here: it asks again for a path that is a text, and for bytes that are an integer. */
static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  reader *const self = state;
  (void)plugin;
  self->columns = calloc((size_t)columns->count + 1, 1);
  if (!self->columns) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  self->count = columns->count;
  for (uint32_t i = 0; i < columns->count; i++) {
    const plug_field *const asked = columns->fields[i];
    self->columns[i] = strcmp(asked->name, "bytes") == 0;
    const uint32_t type = self->columns[i] ? PLUG_INTEGER : PLUG_TEXT;
    if (asked->type != type && asked->type != PLUG_ANY)
      return plug_fail(error, PLUG_ERROR_CONFIG, "columns have their own types here");
  }
  return PLUG_OK;
}

/* Reads a number of at most 18 digits. Returns -1 for anything else. */
static int64_t number(const uint8_t *data, uint32_t len) {
  int64_t value = 0;
  if (len == 0 || len > 18) return -1;
  for (uint32_t i = 0; i < len; i++) {
    if (data[i] < '0' || data[i] > '9') return -1;
    value = value * 10 + (data[i] - '0');
  }
  return value;
}

/* Makes a row of each line that is a path, a space and a number, and sets its bit in `fits`. An empty line has no row
 * and does no harm: its bit in `skipped` says so. Other lines do not fit. Neither may depend on the wanted columns. */
static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *made,
                     plug_error *error) {
  const reader *const self = state;
  (void)plugin, (void)ctx, (void)made, (void)error;
  for (uint32_t row = 0; row < lines->count; row++) {
    const plug_span line = lines->spans[row];
    if (line.length == 0) skipped[row / 64] |= UINT64_C(1) << (row % 64);
    const uint8_t *const data = lines->block.data + line.offset;
    const uint8_t *const space = line.length ? memchr(data, ' ', line.length) : NULL;
    if (!space) continue;
    const uint32_t path = (uint32_t)(space - data);
    const int64_t bytes = number(space + 1, line.length - path - 1);
    if (bytes < 0) continue;
    fits[row / 64] |= UINT64_C(1) << (row % 64);
    for (uint32_t i = 0; i < self->count; i++) {
      /* A text is a span of its line: nothing is copied. */
      const plug_cell cell =
          self->columns[i] ? (plug_cell){.integer = bytes} : (plug_cell){.text = {line.offset, path}};
      plug_set_value(&columns[i], row, cell);
    }
  }
  return PLUG_OK;
}

/* LINEWISE: the row of a line depends on that line alone. */
static const plug_parser parser = {.size = sizeof parser,
                                   .flags = PLUG_PARSER_LINEWISE,
                                   .state_new = reader_new,
                                   .state_free = reader_free,
                                   .want = want,
                                   .parse = parse,
                                   .field = field};
/* end */

/* kind: row_filter */
/* Describes the columns that the filter reads. The parser before it must have them. */
static int32_t filtered(const plug_plugin *plugin, uint32_t index, plug_field *described) {
  (void)plugin;
  return index == 0 ? describe(described, "path", PLUG_TEXT, "What the text is looked for in") : 0;
}

/* Returns whether a text contains another one, which is not empty. */
static int contains(plug_bytes text, const uint8_t *part, uint64_t len) {
  for (uint64_t from = 0; text.len - from >= len && from < text.len; from++)
    if (memcmp(text.data + from, part, len) == 0) return 1;
  return 0;
}

/* Sets the bit of each row to keep. A row without a path is not kept. */
static int32_t keep(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows, uint64_t *kept,
                    plug_error *error) {
  const sizes *const self = (const sizes *)plugin;
  const plug_column *const path = &rows->columns[0];
  (void)state, (void)ctx, (void)error;
  for (uint32_t row = 0; row < rows->count; row++)
    if (plug_has_value(path, row) && contains(plug_text(rows, path->cells[row].text), self->text, self->len))
      kept[row / 64] |= UINT64_C(1) << (row % 64);
  return PLUG_OK;
}

static const plug_row_filter row_filter = {
    .size = sizeof row_filter, .flags = PLUG_ROW_FILTER_LINEWISE, .column = filtered, .keep = keep};
/* end */

/* kind: aggregator */
/* The largest size of each group, or -1 for a group without one. The state of one thread. */
typedef struct largest {
  uint32_t count;
  int64_t *of;
} largest;

/* Describes the columns that the aggregator reads, and those of its answer. */
static int32_t folded(const plug_plugin *plugin, uint32_t index, plug_field *described) {
  (void)plugin;
  return index == 0 ? describe(described, "bytes", PLUG_INTEGER, "A size") : 0;
}

static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *described) {
  (void)plugin;
  return index == 0 ? describe(described, "largest", PLUG_INTEGER, "The largest size") : 0;
}

static void *largest_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  largest *const made = calloc(1, sizeof *made);
  if (!made) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the groups");
  return made;
}

static void largest_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(((largest *)state)->of);
  free(state);
}

/* Makes groups up to this number, without a size. */
static int32_t reach(largest *self, uint32_t groups, plug_error *error) {
  if (groups <= self->count) return PLUG_OK;
  /* A power of two, so that many groups are not copied for each new one. */
  uint64_t room = 1;
  while (room < groups) room *= 2;
  int64_t *const of = realloc(self->of, (size_t)room * sizeof *of);
  if (!of) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the groups");
  self->of = of;
  while (self->count < groups) of[self->count++] = -1;
  return PLUG_OK;
}

static void add(largest *self, uint32_t group, int64_t size) {
  if (size > self->of[group]) self->of[group] = size;
}

/* Adds rows to their groups. */
static int32_t update(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t groups, plug_error *error) {
  const plug_column *const bytes = &rows->columns[0];
  (void)plugin, (void)ctx;
  const int32_t status = reach(state, groups, error);
  for (uint32_t row = 0; status == PLUG_OK && row < rows->count; row++)
    if (plug_has_value(bytes, row)) add(state, group[row], bytes->cells[row].integer);
  return status;
}

/* Writes a group as bytes: 8, the lowest first. They must not depend on the order of rows, nor on the machine. */
static int32_t serialize(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out, plug_error *error) {
  const largest *const self = state;
  const uint64_t size = (uint64_t)(group < self->count ? self->of[group] : -1);
  uint8_t bytes[8];
  (void)plugin;
  for (int i = 0; i < 8; i++) bytes[i] = (uint8_t)(size >> (8 * i));
  const int32_t status = out->write(out, bytes, sizeof bytes);
  return status == PLUG_OK ? status : plug_fail(error, status, "there is no room for a group");
}

/* Adds to a group what serialize wrote in another thread, process or machine. The bytes may be damaged. */
static int32_t merge(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes, plug_error *error) {
  uint64_t size = 0;
  (void)plugin;
  if (bytes.len != 8) return plug_fail(error, PLUG_ERROR_INVALID, "a group has 8 bytes");
  for (int i = 0; i < 8; i++) size |= (uint64_t)bytes.data[i] << (8 * i);
  if (size > INT64_MAX && size != UINT64_MAX) return plug_fail(error, PLUG_ERROR_INVALID, "a size is negative");
  if (group == UINT32_MAX) return plug_fail(error, PLUG_ERROR_NOMEM, "there are too many groups");
  const int32_t status = reach(state, group + 1, error);
  if (status == PLUG_OK && size <= INT64_MAX) add(state, group, (int64_t)size);
  return status;
}

/* Fills the answers of groups. The cell of a group without a size stays null. */
static int32_t finish(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) {
  const largest *const self = state;
  (void)plugin, (void)ctx, (void)made, (void)error;
  for (uint32_t i = 0; i < count; i++)
    if (first + i < self->count && self->of[first + i] >= 0)
      plug_set_value(&outputs[0], i, (plug_cell){.integer = self->of[first + i]});
  return PLUG_OK;
}

static const plug_aggregator aggregator = {.size = sizeof aggregator,
                                           .state_new = largest_new,
                                           .state_free = largest_free,
                                           .column = folded,
                                           .output = output,
                                           .update = update,
                                           .serialize = serialize,
                                           .merge = merge,
                                           .finish = finish};
/* end */

/* Returns what the plugin offers of the id, or null. The manifest lists the same ids. */
static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  /* kind: parser */
  if (plug_same_id(id, PLUG_PARSER)) return &parser;
  /* end */
  /* kind: row_filter */
  if (plug_same_id(id, PLUG_ROW_FILTER)) return &row_filter;
  /* end */
  /* kind: aggregator */
  if (plug_same_id(id, PLUG_AGGREGATOR)) return &aggregator;
  /* end */
  return NULL;
}

/* The one symbol of the library. */
PLUG_EXPORT plug_plugin *NewPlugin(void) {
  sizes *const made = calloc(1, sizeof *made);
  if (!made) return NULL;
  made->plugin = (plug_plugin){
      PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run, .destroy = destroy, .extension = extension,
  };
  return &made->plugin;
}
