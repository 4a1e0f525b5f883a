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
  "description": "Looks for a text",
  "extensions": ["plug.filter/1", "plug.transform/1", "plug.exporter/1"],
  "config": {
    "type": "object",
    "properties": {
      "text": {"type": "string", "minLength": 1, "default": "ERROR", "description": "What to look for"}
    },
    "additionalProperties": false
  }
})
/* clang-format on */

/* One instance. Several threads use it at once, so nothing in it changes after init. */
typedef struct search {
  plug_plugin plugin; /* first, so that a pointer to one is a pointer to the other */
  uint8_t *text;
  uint64_t len;
} search;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "template"; }

/* Reads the options. The host has checked them against the manifest and filled in defaults. */
static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  search *const self = (search *)plugin;
  (void)host;
  self->text = malloc(config.len + 1); /* no text in the config is longer than the config */
  if (!self->text) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the options");
  if (plug_config_string(config, "text", self->text, config.len, &self->len) == 1) return PLUG_OK;
  return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"text\" is not a text");
}

/* Writes what `plughost load` shows. */
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  const search *const self = (const search *)plugin;
  (void)ctx, (void)error;
  const int32_t status = plug_put(out, "Looks for ");
  return status == PLUG_OK ? out->write(out, self->text, self->len) : status;
}

/* Frees the instance. The host also calls this when init failed. */
static void destroy(plug_plugin *plugin) {
  free(((search *)plugin)->text);
  free(plugin);
}

/* kind: filter, transform */
/* Returns where the text is in data, from `from` on; or len. */
static uint64_t find(const search *self, const uint8_t *data, uint64_t len, uint64_t from) {
  for (; from < len && len - from >= self->len; from++)
    if (memcmp(data + from, self->text, self->len) == 0) return from;
  return len;
}
/* end */

/* kind: filter */
/* Returns 1 to keep a line, 0 to drop it. The line has no newline, and may hold any other byte. */
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  return (void)state, find((const search *)plugin, data, len, 0) < len;
}

/* LINEWISE: the answer for a line depends on that line alone. */
static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match};
/* end */

/* kind: transform */
/* Writes the lines that take the place of a line, each with a newline; or returns PLUG_UNCHANGED and writes nothing. */
static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  const search *const self = (const search *)plugin;
  (void)state, (void)error;
  uint64_t done = 0, at = find(self, data, len, 0);
  if (at == len) return PLUG_UNCHANGED;
  int32_t status = PLUG_OK;
  for (; at < len && status == PLUG_OK; at = find(self, data, len, done)) {
    status = out->write(out, data + done, at - done);
    if (status == PLUG_OK) status = plug_put(out, "[");
    if (status == PLUG_OK) status = out->write(out, self->text, self->len);
    if (status == PLUG_OK) status = plug_put(out, "]");
    done = at + self->len;
  }
  if (status == PLUG_OK) status = out->write(out, data + done, len - done);
  return status == PLUG_OK ? plug_put(out, "\n") : status;
}

static const plug_transform transforms = {
    .size = sizeof transforms, .flags = PLUG_TRANSFORM_LINEWISE, .transform = transform};
/* end */

/* kind: exporter */
/* Writes what comes before the first line. */
static int32_t begin(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  const search *const self = (const search *)plugin;
  (void)state, (void)ctx, (void)error;
  int32_t status = plug_put(out, "# ");
  if (status == PLUG_OK) status = out->write(out, self->text, self->len);
  return status == PLUG_OK ? plug_put(out, "\n\n") : status;
}

/* Writes the next lines. When the sink is full, reports in *taken how many are written: the host makes room, and calls
 * again with the rest. */
static int32_t write_lines(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)plugin, (void)state, (void)ctx;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    uint8_t *const row = out->reserve(out, (uint64_t)line.length + 3); /* a row whole, or not at all */
    if (!row) {
      *taken = i;
      return i > 0 ? PLUG_ERROR_AGAIN : plug_fail(error, PLUG_ERROR_NOMEM, "there is no room for one line");
    }
    memcpy(row, "- ", 2);
    memcpy(row + 2, lines->block.data + line.offset, line.length);
    row[line.length + 2] = '\n';
    const int32_t status = out->commit(out, (uint64_t)line.length + 3);
    if (status < 0) return status;
  }
  return PLUG_OK;
}

/* ROWWISE: what is written for a line depends on that line alone. */
static const plug_exporter exporter = {
    .size = sizeof exporter, .flags = PLUG_EXPORTER_ROWWISE, .begin = begin, .write = write_lines};
/* end */

/* Returns what the plugin offers of the id, or null. The manifest lists the same ids. */
static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  /* kind: filter */
  if (plug_same_id(id, PLUG_FILTER)) return &filter;
  /* end */
  /* kind: transform */
  if (plug_same_id(id, PLUG_TRANSFORM)) return &transforms;
  /* end */
  /* kind: exporter */
  if (plug_same_id(id, PLUG_EXPORTER)) return &exporter;
  /* end */
  return NULL;
}

/* The one symbol of the library. */
PLUG_EXPORT plug_plugin *NewPlugin(void) {
  search *const made = calloc(1, sizeof *made);
  if (!made) return NULL;
  made->plugin = (plug_plugin){
      PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run, .destroy = destroy, .extension = extension,
  };
  return &made->plugin;
}
