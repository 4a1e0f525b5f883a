#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "split.h"
#include "values.h"

PLUG_MANIFEST({
  "id" : "org.plughost.access",
  "name" : "access",
  "version" : "0.1.0",
  "description" : "Reads the access logs of web servers: the Common and the Combined Log Format",
  "license" : "MIT",
  "extensions" : ["plug.parser/1"]
})

static const struct {
  const char *name;
  uint32_t type;
  const char *description;
} fields[FIELDS] = {
    [HOST] = {"host", PLUG_TEXT, "The address of the client"},
    [IDENT] = {"ident", PLUG_TEXT, "Who the client's machine says that it is"},
    [USER] = {"user", PLUG_TEXT, "Who has logged in"},
    [TIME] = {"time", PLUG_TIME, "When the request came"},
    [METHOD] = {"method", PLUG_TEXT, "The method of the request, such as GET"},
    [PATH] = {"path", PLUG_TEXT, "What was requested, with the query"},
    [PROTOCOL] = {"protocol", PLUG_TEXT, "The version of HTTP"},
    [STATUS] = {"status", PLUG_INTEGER, "The status of the answer"},
    [BYTES] = {"bytes", PLUG_INTEGER, "The bytes of the answer's body"},
    [REFERER] = {"referer", PLUG_TEXT, "The page that the request came from"},
    [AGENT] = {"agent", PLUG_TEXT, "The client's program"},
};

/* A column that is wanted. */
typedef struct wanted {
  int field;
  uint32_t type;
} wanted;

/* The state of a worker. */
typedef struct reader {
  wanted *columns;
  uint32_t count;
  int requests; /* whether a part of the request is wanted */
  int tail;     /* whether the referer or the agent is wanted */
  split_function *split;
  last_date last;
  part parts[PARTS]; /* of the lines that are parsed now */
} reader;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Access logs"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Reads the access logs of web servers");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  reader *state = calloc(1, sizeof *state);
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

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  (void)plugin;
  if (index >= FIELDS) return 0;
  field->type = fields[index].type;
  field->name = fields[index].name;
  field->description = fields[index].description;
  return 1;
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  (void)plugin;
  reader *self = state;
  self->columns = calloc(columns->count ? columns->count : 1, sizeof *self->columns);
  if (!self->columns) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  self->count = columns->count;
  for (uint32_t i = 0; i < columns->count; i++) {
    const plug_field *const asked = columns->fields[i];
    int which = 0;
    while (which < FIELDS && strcmp(fields[which].name, asked->name) != 0) which++;
    if (which == FIELDS) return plug_fail(error, PLUG_ERROR_CONFIG, "access logs have no column of this name");
    const uint32_t type = asked->type == PLUG_ANY ? fields[which].type : asked->type;
    if (type == PLUG_TIME && which != TIME)
      return plug_fail(error, PLUG_ERROR_CONFIG, "only the column time is a time");
    self->columns[i] = (wanted){which, type};
    self->requests |= which == METHOD || which == PATH || which == PROTOCOL;
    self->tail |= which == REFERER || which == AGENT;
  }
  return PLUG_OK;
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, plug_sink *made, plug_error *error) {
  (void)plugin, (void)made, (void)error;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  reader *self = state;
  const uint8_t *const block = lines->block.data;
  for (uint32_t first = 0; first < lines->count; first += STEP) {
    const uint32_t left = lines->count - first, count = left < STEP ? left : STEP, word = first / STEP;
    fits[word] = self->split(block, lines->spans + first, count, self->tail, self->parts);
    if (self->requests) access_split_requests(block, fits[word], self->parts);
    for (uint32_t k = 0; k < self->count; k++) {
      const wanted column = self->columns[k];
      columns[k].valid[word] = access_fill(block, fits[word], self->parts[column.field], column.field == PATH,
                                           columns[k].cells + first, column.type, &self->last);
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
