/* A filter of rows that keeps those whose column `line` has the text "ab". */
#include <plughost/plughost.h>
#include <stdlib.h>

PLUG_MANIFEST(
    {"id" : "org.plughost.test.rows", "name" : "rows", "version" : "1.0.0", "extensions" : ["plug.row_filter/1"]})

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Rows"; }
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "done");
}
static void destroy(plug_plugin *plugin) { free(plugin); }

static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  (void)plugin;
  if (index > 0) return 0;
  field->type = PLUG_TEXT;
  field->name = "line";
  field->description = NULL;
  return 1;
}

static int has_ab(plug_bytes text) {
  for (uint64_t i = 1; i < text.len; i++)
    if (text.data[i - 1] == 'a' && text.data[i] == 'b') return 1;
  return 0;
}

static int32_t keep(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows, uint64_t *kept,
                    plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)error;
  const plug_column *lines = &rows->columns[0];
  for (uint32_t i = 0; i < rows->count; i++)
    if (plug_has_value(lines, i) && has_ab(plug_text(rows, lines->cells[i].text)))
      kept[i / 64] |= UINT64_C(1) << i % 64;
  return PLUG_OK;
}
static const plug_row_filter filter = {
    .size = sizeof filter, .flags = PLUG_ROW_FILTER_LINEWISE, .column = column, .keep = keep};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_ROW_FILTER) ? &filter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin)
    *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy, .extension = extension};
  return plugin;
}
