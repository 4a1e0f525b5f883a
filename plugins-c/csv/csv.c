#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

PLUG_MANIFEST({
  "id" : "org.plughost.csv",
  "name" : "csv",
  "version" : "0.1.0",
  "description" : "Writes each line as a row: its byte offset and its text, quoted as RFC 4180 says",
  "license" : "MIT",
  "extensions" : ["plug.exporter/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "header" : {"type" : "boolean", "default" : true, "description" : "Write the names of the columns first"},
      "delimiter" : {
        "type" : "string",
        "default" : ",",
        "minLength" : 1,
        "maxLength" : 1,
        "description" : "The ASCII character between the columns"
      }
    },
    "additionalProperties" : false
  }
})

/* Input bytes that are quoted at once: each can become two. */
enum { PIECE = 32768, FRAME = 32 };

typedef struct csv {
  plug_plugin plugin; /* first, so that the one pointer is the other */
  int header;
  uint8_t delimiter;
} csv;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "CSV"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  csv *self = (csv *)plugin;
  uint8_t delimiter[4];
  uint64_t len = 0;
  if (plug_config_bool(config, "header", &self->header) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"header\" is neither true nor false");
  const int found = plug_config_string(config, "delimiter", delimiter, sizeof delimiter, &len);
  if (found == 0) return PLUG_OK;
  if (found < 0 || len != 1 || strchr("\"\r\n", delimiter[0]) || delimiter[0] > 0x7f)
    return plug_fail(error, PLUG_ERROR_CONFIG,
                     "the option \"delimiter\" is not one ASCII character other than quote and line end");
  self->delimiter = delimiter[0];
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Writes each line as a row of CSV");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static int32_t begin(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)state, (void)ctx, (void)error;
  const csv *self = (const csv *)plugin;
  if (!self->header) return PLUG_OK;
  const char header[] = {'o', 'f', 'f', 's', 'e', 't', (char)self->delimiter, 't', 'e', 'x', 't', '\n'};
  return out->write(out, header, sizeof header);
}

/* Written so that compilers use vectors. */
static int needs_quotes(const uint8_t *data, size_t len, uint8_t delimiter) {
  uint8_t special = 0;
  for (size_t i = 0; i < len; i++)
    special |= (uint8_t)((data[i] == delimiter) | (data[i] == '"') | (data[i] == '\r') | (data[i] == '\n'));
  return special;
}

static int32_t write_row(const csv *self, plug_sink *out, uint64_t offset, const uint8_t *data, uint32_t len) {
  const int quoted = needs_quotes(data, len, self->delimiter);
  uint8_t *const start = out->reserve(out, FRAME + (quoted ? 0 : (uint64_t)len));
  if (!start) return PLUG_ERROR_NOMEM;
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + offset % 10);
  while (offset /= 10);
  uint8_t *to = start;
  while (count > 0) *to++ = (uint8_t)digits[--count];
  *to++ = self->delimiter;
  if (!quoted) {
    memcpy(to, data, len);
    to[len] = '\n';
    return out->commit(out, (uint64_t)(to - start) + len + 1);
  }
  *to++ = '"';
  int32_t status = out->commit(out, (uint64_t)(to - start));
  for (uint32_t at = 0; at < len && status == PLUG_OK; at += PIECE) {
    const uint32_t piece = len - at < PIECE ? len - at : PIECE;
    uint8_t *const room = out->reserve(out, (uint64_t)piece * 2);
    if (!room) return PLUG_ERROR_NOMEM;
    to = room;
    for (uint32_t i = 0; i < piece; i++) {
      if (data[at + i] == '"') *to++ = '"';
      *to++ = data[at + i];
    }
    status = out->commit(out, (uint64_t)(to - room));
  }
  return status == PLUG_OK ? out->write(out, "\"\n", 2) : status;
}

static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)state, (void)taken;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const csv *self = (const csv *)plugin;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    const int32_t status =
        write_row(self, out, lines->block_offset + line.offset, lines->block.data + line.offset, line.length);
    if (status < 0) return plug_fail(error, status, "the output takes no more");
  }
  return PLUG_OK;
}

static const plug_exporter exporter = {
    .size = sizeof(plug_exporter), .flags = PLUG_EXPORTER_ROWWISE, .begin = begin, .write = write};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  csv *self = malloc(sizeof *self);
  if (!self) return NULL;
  *self = (csv){.plugin = {PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run, .destroy = destroy,
                           .extension = extension},
                .header = 1,
                .delimiter = ','};
  return &self->plugin;
}
