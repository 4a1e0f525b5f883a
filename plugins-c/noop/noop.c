#include <plughost/plughost.h>
#include <stdlib.h>

PLUG_MANIFEST({
  "id" : "org.plughost.noop",
  "name" : "noop",
  "version" : "0.1.0",
  "description" : "Does nothing, by every call there is: what plughost bench measures plugins against",
  "license" : "MIT",
  "extensions" : [ "plug.filter/1", "plug.transform/1", "plug.exporter/1" ]
})

static const char *name(const plug_plugin *plugin) { return (void)plugin, "No-op"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Does nothing");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  return (void)plugin, (void)state, (void)data, (void)len, 0;
}

static int32_t match_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint64_t *keep, plug_error *error) {
  return (void)plugin, (void)state, (void)ctx, (void)lines, (void)keep, (void)error, PLUG_OK;
}

static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)spans, (void)cap, (void)error;
  *cursor = block.len;
  return 0;
}

static const plug_filter filter = {.size = sizeof(plug_filter),
                                   .flags = PLUG_FILTER_LINEWISE,
                                   .match = match,
                                   .match_batch = match_batch,
                                   .scan = scan};

static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  return (void)plugin, (void)state, (void)data, (void)len, (void)out, (void)error, PLUG_UNCHANGED;
}

static int32_t transform_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                               uint32_t *lengths, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)state, (void)ctx, (void)lines, (void)lengths, (void)out, (void)error, PLUG_OK;
}

static const plug_transform changes = {.size = sizeof(plug_transform),
                                       .flags = PLUG_TRANSFORM_LINEWISE,
                                       .transform = transform,
                                       .transform_batch = transform_batch};

static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)state, (void)ctx, (void)lines, (void)taken, (void)out, (void)error, PLUG_OK;
}

static const plug_exporter exporter = {.size = sizeof(plug_exporter), .flags = PLUG_EXPORTER_ROWWISE, .write = write};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  if (plug_same_id(id, PLUG_FILTER)) return &filter;
  if (plug_same_id(id, PLUG_TRANSFORM)) return &changes;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin)
    *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy, .extension = extension};
  return plugin;
}
