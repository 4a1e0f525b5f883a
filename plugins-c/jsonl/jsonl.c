#include <plughost/plughost.h>
#include <string.h>

PLUG_MANIFEST({
  "id" : "org.plughost.jsonl",
  "name" : "jsonl",
  "version" : "0.1.0",
  "description" : "Writes each line as a JSON object: its byte offset, and its text, or base64 where it is not UTF-8",
  "license" : "MIT",
  "extensions" : ["plug.exporter/1"]
})

/* Input bytes that are escaped at once: what they can grow to is reserved before. */
enum { PIECE = 32768, GROWTH = 6, FRAME = 64 };

static const char *name(const plug_plugin *plugin) { return (void)plugin, "JSON Lines"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Writes each line as a JSON object");
}

static uint8_t *put(uint8_t *to, const char *text) {
  const size_t len = strlen(text);
  memcpy(to, text, len);
  return to + len;
}

static uint8_t *put_number(uint8_t *to, uint64_t number) {
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + number % 10);
  while (number /= 10);
  while (count > 0) *to++ = (uint8_t)digits[--count];
  return to;
}

/* Printable ASCII without quote and backslash: most lines of most logs. Written so that compilers use vectors. */
static int is_plain(const uint8_t *data, size_t len) {
  uint8_t special = 0;
  for (size_t i = 0; i < len; i++)
    special |= (uint8_t)((data[i] < 0x20) | (data[i] > 0x7e) | (data[i] == '"') | (data[i] == '\\'));
  return !special;
}

/* Unicode 15, table 3-7: no overlong forms, no surrogates, nothing above U+10FFFF. */
static int is_utf8(const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len;) {
    const uint8_t c = data[i];
    if (c < 0x80) {
      i++;
      continue;
    }
    const size_t more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    if (c < 0xc2 || c > 0xf4 || len - i <= more) return 0;
    const uint8_t least = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80;
    const uint8_t most = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (data[i + 1] < least || data[i + 1] > most) return 0;
    for (size_t k = 2; k <= more; k++)
      if ((data[i + k] & 0xc0) != 0x80) return 0;
    i += more + 1;
  }
  return 1;
}

static uint8_t *put_escaped(uint8_t *to, const uint8_t *data, size_t len) {
  static const char hex[] = "0123456789abcdef";
  for (size_t i = 0; i < len; i++) {
    const uint8_t c = data[i];
    if (c >= 0x20 && c != '"' && c != '\\') {
      *to++ = c;
      continue;
    }
    *to++ = '\\';
    switch (c) {
      case '"':
      case '\\':
        *to++ = c;
        break;
      case '\t':
        *to++ = 't';
        break;
      case '\r':
        *to++ = 'r';
        break;
      default:
        to = put(to, "u00");
        *to++ = (uint8_t)hex[c >> 4];
        *to++ = (uint8_t)hex[c & 15];
    }
  }
  return to;
}

/* len is a multiple of 3, but at the end of a line. */
static uint8_t *put_base64(uint8_t *to, const uint8_t *data, size_t len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < len; i += 3) {
    const uint32_t rest = (uint32_t)(len - i);
    const uint32_t group =
        (uint32_t)data[i] << 16 | (rest > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (rest > 2 ? data[i + 2] : 0);
    *to++ = (uint8_t)digits[group >> 18];
    *to++ = (uint8_t)digits[group >> 12 & 63];
    *to++ = rest > 1 ? (uint8_t)digits[group >> 6 & 63] : '=';
    *to++ = rest > 2 ? (uint8_t)digits[group & 63] : '=';
  }
  return to;
}

static int32_t write_line(plug_sink *out, uint64_t offset, const uint8_t *data, uint32_t len) {
  const int plain = is_plain(data, len);
  const int text = plain || is_utf8(data, len);
  uint8_t *start = out->reserve(out, FRAME + (plain ? len : 0));
  if (!start) return PLUG_ERROR_NOMEM;
  uint8_t *to = put(put_number(put(start, "{\"offset\":"), offset), text ? ",\"text\":\"" : ",\"bytes\":\"");
  if (plain) {
    memcpy(to, data, len);
    return out->commit(out, (uint64_t)(put(to + len, "\"}\n") - start));
  }
  int32_t status = out->commit(out, (uint64_t)(to - start));
  /* PIECE in bytes that base64 takes in groups of three. */
  for (uint32_t at = 0, step = PIECE / 3 * 3; at < len && status == PLUG_OK; at += step) {
    const uint32_t piece = len - at < step ? len - at : step;
    start = out->reserve(out, (uint64_t)piece * GROWTH + 4);
    if (!start) return PLUG_ERROR_NOMEM;
    to = text ? put_escaped(start, data + at, piece) : put_base64(start, data + at, piece);
    status = out->commit(out, (uint64_t)(to - start));
  }
  return status == PLUG_OK ? plug_put(out, "\"}\n") : status;
}

static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)plugin, (void)state, (void)taken;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    const int32_t status =
        write_line(out, lines->block_offset + line.offset, lines->block.data + line.offset, line.length);
    if (status < 0) return plug_fail(error, status, "the output takes no more");
  }
  return PLUG_OK;
}

static const plug_exporter exporter = {.size = sizeof(plug_exporter), .flags = PLUG_EXPORTER_ROWWISE, .write = write};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT_DATA plug_plugin NewPlugin = {PLUG_PLUGIN_HEADER, .name = name, .run = run, .extension = extension};
