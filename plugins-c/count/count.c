#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

PLUG_MANIFEST({
  "id" : "org.plughost.count",
  "name" : "count",
  "version" : "0.1.0",
  "description" : "Counts the rows of each group",
  "license" : "MIT",
  "extensions" : ["plug.aggregator/1"]
})

/* The numbers of rows. A state has one for each group that it has seen. */
typedef struct counts {
  uint64_t *of;
  uint32_t groups;
  uint32_t room;
} counts;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Count"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Counts the rows of each group");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  counts *state = calloc(1, sizeof *state);
  if (!state) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the counts");
  return state;
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(((counts *)state)->of);
  free(state);
}

/* Makes empty groups up to that number. */
static int32_t reach(counts *state, uint32_t groups, plug_error *error) {
  if (groups <= state->groups) return PLUG_OK;
  if (groups > state->room) {
    const uint64_t room = groups > UINT32_MAX / 2 ? UINT32_MAX : (uint64_t)groups * 2;
    uint64_t *of = realloc(state->of, (size_t)(room * sizeof *of));
    if (!of) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the counts");
    state->of = of;
    state->room = (uint32_t)room;
  }
  memset(state->of + state->groups, 0, (groups - state->groups) * sizeof *state->of);
  state->groups = groups;
  return PLUG_OK;
}

static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  return (void)plugin, (void)index, (void)field, 0;
}

static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  (void)plugin;
  if (index > 0) return 0;
  field->type = PLUG_INTEGER;
  field->name = "count";
  field->description = "How many rows there are";
  return 1;
}

static int32_t update(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t groups, plug_error *error) {
  (void)plugin, (void)ctx;
  counts *self = state;
  const int32_t status = reach(self, groups, error);
  if (status != PLUG_OK) return status;
  for (uint32_t i = 0; i < rows->count; i++) self->of[group[i]]++;
  return PLUG_OK;
}

/* Seven bits a byte, the lowest first; all bytes but the last have their highest bit. */
static int32_t serialize(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out, plug_error *error) {
  (void)plugin;
  const counts *self = state;
  uint64_t count = group < self->groups ? self->of[group] : 0;
  uint8_t bytes[10];
  int length = 0;
  do bytes[length++] = (uint8_t)((count & 0x7f) | (count > 0x7f ? 0x80 : 0));
  while (count >>= 7);
  const int32_t status = out->write(out, bytes, (uint64_t)length);
  return status == PLUG_OK ? status : plug_fail(error, status, "the sink did not take a count");
}

static int32_t merge(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes, plug_error *error) {
  (void)plugin;
  counts *self = state;
  uint64_t count = 0;
  uint64_t i = 0;
  for (; i < bytes.len && i < 10; i++) {
    const uint64_t part = bytes.data[i] & 0x7f;
    if (i == 9 && part > 1) break;
    count |= part << (7 * i);
    if (!(bytes.data[i] & 0x80)) break;
  }
  /* Only the shortest form is written, so it is the only one that is read. */
  const int whole = i + 1 == bytes.len && !(bytes.data[i] & 0x80) && (i == 0 || bytes.data[i] != 0);
  if (!whole) return plug_fail(error, PLUG_ERROR_INVALID, "these bytes are no count");
  if (group == UINT32_MAX) return plug_fail(error, PLUG_ERROR_NOMEM, "there are too many groups");
  const int32_t status = reach(self, group + 1, error);
  if (status != PLUG_OK) return status;
  if (count > UINT64_MAX - self->of[group]) return plug_fail(error, PLUG_ERROR_INVALID, "the count leaves 64 bits");
  self->of[group] += count;
  return PLUG_OK;
}

static int32_t finish(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) {
  (void)plugin, (void)ctx, (void)made;
  const counts *self = state;
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t rows = first + i < self->groups ? self->of[first + i] : 0;
    if (rows > INT64_MAX) return plug_fail(error, PLUG_ERROR_INVALID, "the count leaves 63 bits");
    plug_set_value(outputs, i, (plug_cell){.integer = (int64_t)rows});
  }
  return PLUG_OK;
}

static uint64_t memory(const plug_plugin *plugin, const void *state) {
  return (void)plugin, sizeof(uint64_t) * (uint64_t)((const counts *)state)->room;
}

static const plug_aggregator aggregator = {.size = sizeof(plug_aggregator),
                                           .state_new = state_new,
                                           .state_free = state_free,
                                           .column = column,
                                           .output = output,
                                           .update = update,
                                           .serialize = serialize,
                                           .merge = merge,
                                           .finish = finish,
                                           .memory = memory};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_AGGREGATOR) ? &aggregator : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin)
    *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy, .extension = extension};
  return plugin;
}
