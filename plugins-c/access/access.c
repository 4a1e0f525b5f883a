#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "format.h"
#include "split.h"
#include "values.h"

PLUG_MANIFEST({
  "id" : "org.plughost.access",
  "name" : "access",
  "version" : "0.1.0",
  "description" :
      "Reads the access logs of web servers: the Common and the Combined Log Format, and formats of your own",
  "license" : "MIT",
  "extensions" : ["plug.parser/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "format" : {
        "type" : "string",
        "format" : "bytes",
        "description" : "The format of the lines as nginx (log_format) or Apache (LogFormat) takes it"
      }
    },
    "additionalProperties" : false
  }
})

const column access_columns[FIELDS] = {
    [HOST] = {"host", PLUG_TEXT, HOST, "The address of the client"},
    [IDENT] = {"ident", PLUG_TEXT, IDENT, "Who the client's machine says that it is"},
    [USER] = {"user", PLUG_TEXT, USER, "Who has logged in"},
    [TIME] = {"time", PLUG_TIME, TIME, "When the request came"},
    [METHOD] = {"method", PLUG_TEXT, METHOD, "The method of the request, such as GET"},
    [PATH] = {"path", PLUG_TEXT, PATH, "What was requested, with the query"},
    [PROTOCOL] = {"protocol", PLUG_TEXT, PROTOCOL, "The version of HTTP"},
    [STATUS] = {"status", PLUG_INTEGER, STATUS, "The status of the answer"},
    [BYTES] = {"bytes", PLUG_INTEGER, BYTES, "The bytes of the answer's body"},
    [REFERER] = {"referer", PLUG_TEXT, REFERER, "The page that the request came from"},
    [AGENT] = {"agent", PLUG_TEXT, AGENT, "The client's program"},
};

typedef struct access {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  format *format;     /* of the user's own, or null */
} access;

static const access *of(const plug_plugin *plugin) { return (const access *)plugin; }

/* A column that is wanted. */
typedef struct wanted {
  int part;
  uint32_t type;
  int other_time; /* whether it is read as a time, and not written as those of access logs are */
  uint32_t unit;  /* of such a time that is a number, how many are a second */
} wanted;

/* The state of a worker. */
typedef struct reader {
  wanted *columns;
  uint32_t count;
  int requests; /* whether a part of the request is wanted */
  int tail;     /* whether the referer or the agent is wanted */
  split_function *split;
  last_date last;
  part parts[]; /* of the lines that are parsed now */
} reader;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Access logs"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Reads the access logs of web servers");
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  access *const self = (access *)plugin;
  uint8_t *const text = malloc(config.len + 1);
  if (!text) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the format");
  uint64_t len = 0;
  const int given = plug_config_string(config, "format", text, config.len + 1, &len);
  int32_t status = PLUG_OK;
  if (given < 0)
    status = plug_fail(error, PLUG_ERROR_CONFIG, "the option \"format\" is not a string");
  else if (given > 0)
    status = access_format_read(text, len, &self->format, error);
  free(text);
  return status;
}

static void destroy(plug_plugin *plugin) {
  free(((access *)plugin)->format);
  free(plugin);
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  const format *const format = of(plugin)->format;
  reader *state = calloc(1, sizeof *state + (format ? format->parts : PARTS) * sizeof(part));
  if (!state)
    plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the parser");
  else
    state->split = access_fastest_split();
  return state;
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(((reader *)state)->columns);
  free(state);
}

/* Returns a column by number, or null if there are no more. */
static const column *column_of(const plug_plugin *plugin, uint32_t index) {
  const format *const format = of(plugin)->format;
  if (format) return index < format->columns ? &format->column[index] : NULL;
  return index < FIELDS ? &access_columns[index] : NULL;
}

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  const column *const found = column_of(plugin, index);
  if (!found) return 0;
  field->type = found->type;
  field->name = found->name;
  field->description = found->description;
  return 1;
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  reader *self = state;
  self->columns = calloc(columns->count ? columns->count : 1, sizeof *self->columns);
  if (!self->columns) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  self->count = columns->count;
  for (uint32_t i = 0; i < columns->count; i++) {
    const plug_field *const asked = columns->fields[i];
    const column *found = column_of(plugin, 0);
    for (uint32_t k = 1; found && strcmp(found->name, asked->name) != 0; k++) found = column_of(plugin, k);
    if (!found) return plug_fail(error, PLUG_ERROR_CONFIG, "access logs have no column of this name");
    const uint32_t type = asked->type == PLUG_ANY ? found->type : asked->type;
    if (type == PLUG_TIME && found->type != PLUG_TIME && found->type != PLUG_TEXT)
      return plug_fail(error, PLUG_ERROR_CONFIG, "a column of numbers cannot be read as times");
    const format *const format = of(plugin)->format;
    const uint32_t unit = format ? format->unit[found->part] : 0;
    const int other_time = type == PLUG_TIME && (found->part != TIME || unit > 0);
    self->columns[i] = (wanted){found->part, type, other_time, unit};
    self->requests |= found->part == METHOD || found->part == PATH || found->part == PROTOCOL;
    self->tail |= found->part == REFERER || found->part == AGENT;
  }
  /* Without a request in it, a format has its parts as variables. */
  if (of(plugin)->format && !of(plugin)->format->request) self->requests = 0;
  return PLUG_OK;
}

static int is_empty(const uint8_t *block, plug_span line) {
  return line.length == 0 || (line.length == 1 && block[line.offset] == '\r');
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *made,
                     plug_error *error) {
  (void)made, (void)error;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  reader *self = state;
  const format *const format = of(plugin)->format;
  const uint8_t *const block = lines->block.data;
  for (uint32_t first = 0; first < lines->count; first += STEP) {
    const uint32_t left = lines->count - first, count = left < STEP ? left : STEP, word = first / STEP;
    const plug_span *const spans = lines->spans + first;
    fits[word] = format ? access_format_split(format, block, spans, count, self->parts)
                        : self->split(block, spans, count, self->tail, self->parts);
    for (uint64_t others = ~fits[word] & ~UINT64_C(0) >> (STEP - count); others; others &= others - 1)
      if (is_empty(block, spans[__builtin_ctzll(others)])) skipped[word] |= others & -others;
    if (self->requests) access_split_requests(block, fits[word], self->parts);
    for (uint32_t k = 0; k < self->count; k++) {
      const wanted column = self->columns[k];
      const plug_span *const part = self->parts[column.part];
      plug_cell *const cells = columns[k].cells + first;
      columns[k].valid[word] = column.other_time
                                   ? access_fill_times(block, fits[word], part, cells, column.unit, &self->last)
                                   : access_fill(block, fits[word], part, column.part == PATH && self->requests, cells,
                                                 column.type, &self->last);
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
  access *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
