#include <plughost/plughost.h>

#include "../shared/groups.h"
#include "../shared/varint.h"

PLUG_MANIFEST({
  "id" : "org.plughost.count",
  "name" : "count",
  "version" : "0.1.0",
  "description" : "Counts the rows of each group",
  "license" : "MIT",
  "extensions" : ["plug.aggregator/1"],
  "config" : {"type" : "object", "properties" : {}, "additionalProperties" : false}
})

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Count"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Counts the rows of each group");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

/* The state is `groups` of uint64_t: how many rows each has. */
static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  groups *state = calloc(1, sizeof *state);
  if (!state) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the counts");
  return state;
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(((groups *)state)->of);
  free(state);
}

static uint64_t count_of(const groups *self, uint32_t group) {
  return group < self->count ? ((const uint64_t *)self->of)[group] : 0;
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
                      const uint32_t *group, uint32_t numbers, plug_error *error) {
  (void)plugin, (void)ctx;
  groups *self = state;
  const int32_t status = reach_groups(self, sizeof(uint64_t), numbers, error);
  if (status != PLUG_OK) return status;
  uint64_t *const of = self->of;
  for (uint32_t i = 0; i < rows->count; i++) of[group[i]]++;
  return PLUG_OK;
}

/* Writes the count, or nothing for none. */
static int32_t serialize(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out, plug_error *error) {
  (void)plugin;
  const uint64_t count = count_of(state, group);
  uint8_t bytes[VARINT_MAX];
  const uint8_t *const end = count > 0 ? put_varint(bytes, count) : bytes;
  return write_group(out, bytes, (size_t)(end - bytes), error);
}

static int32_t merge(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes, plug_error *error) {
  (void)plugin;
  groups *self = state;
  uint64_t count = 0;
  if (bytes.len > 0 && (!take_varint(&bytes, &count) || bytes.len > 0 || count == 0))
    return plug_fail(error, PLUG_ERROR_INVALID, "these bytes are no count");
  const int32_t status = reach_group(self, sizeof(uint64_t), group, error);
  if (status != PLUG_OK) return status;
  uint64_t *const sum = (uint64_t *)self->of + group;
  if (count > INT64_MAX || *sum > INT64_MAX - count)
    return plug_fail(error, PLUG_ERROR_INVALID, "the count leaves 63 bits");
  *sum += count;
  return PLUG_OK;
}

static int32_t finish(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) {
  (void)plugin, (void)ctx, (void)made, (void)error;
  for (uint32_t i = 0; i < count; i++)
    plug_set_value(outputs, i, (plug_cell){.integer = (int64_t)count_of(state, first + i)});
  return PLUG_OK;
}

static uint64_t memory(const plug_plugin *plugin, const void *state) {
  return (void)plugin, sizeof(uint64_t) * (uint64_t)((const groups *)state)->room;
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
