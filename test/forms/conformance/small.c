/* A transform that puts one '#' in the place of each run of digits, and an exporter that writes "> " before each line.
 */
#include <plughost/plughost.h>
#include <stdlib.h>

PLUG_MANIFEST({
  "id" : "org.plughost.test.small",
  "name" : "small",
  "version" : "1.0.0",
  "extensions" : [ "plug.transform/1", "plug.exporter/1" ]
})

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Small"; }
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "done");
}
static void destroy(plug_plugin *plugin) { free(plugin); }

static int is_digit(uint8_t byte) { return byte >= '0' && byte <= '9'; }

static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  (void)plugin, (void)state, (void)error;
  uint8_t *made = out->reserve(out, len + 1);
  if (!made) return PLUG_ERROR_NOMEM;
  uint64_t size = 0;
  int changed = 0;
  for (uint64_t i = 0; i < len; i++) {
    if (!is_digit(data[i]))
      made[size++] = data[i];
    else if (i == 0 || !is_digit(data[i - 1]))
      made[size++] = '#', changed = 1;
  }
  if (!changed) return out->commit(out, 0), PLUG_UNCHANGED;
  made[size++] = '\n';
  return out->commit(out, size);
}
static const plug_transform transforms = {
    .size = sizeof transforms, .flags = PLUG_TRANSFORM_LINEWISE, .transform = transform};

static int32_t begin(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)state, (void)ctx, (void)error, plug_put(out, "[\n");
}
static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)taken, (void)error;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span span = lines->spans[i];
    int32_t status = plug_put(out, "> ");
    if (status == PLUG_OK) status = out->write(out, lines->block.data + span.offset, span.length);
    if (status == PLUG_OK) status = plug_put(out, "\n");
    if (status != PLUG_OK) return status;
  }
  return PLUG_OK;
}
static int32_t end(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)state, (void)ctx, (void)error, plug_put(out, "]\n");
}
static const plug_exporter exporter = {
    .size = sizeof exporter, .flags = PLUG_EXPORTER_ROWWISE, .begin = begin, .write = write, .end = end};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  if (plug_same_id(id, PLUG_TRANSFORM)) return &transforms;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin)
    *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy, .extension = extension};
  return plugin;
}
