#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/cells.h"
#include "../shared/rows.h"
#include "../shared/utf8.h"

PLUG_MANIFEST({
  "id" : "org.plughost.jsonl",
  "name" : "jsonl",
  "version" : "0.1.0",
  "description" : "Writes each line as a JSON object: its byte offset, and its text, or base64 where it is not UTF-8",
  "license" : "MIT",
  "extensions" : ["plug.exporter/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "file" : {"type" : "boolean", "default" : false, "description" : "Write the name of its file as well"},
      "line" : {"type" : "boolean", "default" : false, "description" : "Write its number in its file as well"},
      "base64" : {
        "type" : "boolean",
        "default" : false,
        "description" : "Write texts of rows that are not UTF-8 in base64, under their name and _bytes"
      }
    },
    "additionalProperties" : false
  }
})

enum {
  GROWTH = 6, /* bytes of an escape such as \u001f */
  FRAME = sizeof("{\"file_bytes\":\"\",\"line\":,\"offset\":,\"bytes\":\"\"}\n") + 2 * DECIMAL_MAX,
  MEASURED = 16384 /* from this length on, the exact size is measured before room is reserved */
};

/* The character after the backslash that escapes a byte, or 0 for a byte that needs no escape. */
static const uint8_t escapes[256] = {'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b',         't',          'n', 'u',
                                     'f', 'r', 'u', 'u', 'u', 'u', 'u', 'u', 'u',         'u',          'u', 'u',
                                     'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', ['"'] = '"', ['\\'] = '\\'};

/* Holds the configuration in its flags. The library has one instance. */
static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error);
static int32_t begin_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_schema *columns,
                          plug_sink *out, plug_error *error);
static int32_t write_table(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                           plug_sink *out, plug_error *error);
static int32_t end(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error);
static plug_exporter exporter = {.size = sizeof(plug_exporter),
                                 .flags = PLUG_EXPORTER_ROWWISE,
                                 .write = write,
                                 .end = end,
                                 .begin_rows = begin_rows,
                                 .write_rows = write_table};

static const plug_host *kept_host;
static int in_base64;
/* Texts of rows in which a byte was replaced. All workers add to it. */
static atomic_uint_least64_t mended;

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)plugin;
  int file = 0, line = 0;
  kept_host = host;
  in_base64 = 0;
  if (plug_config_bool(config, "base64", &in_base64) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"base64\" is neither true nor false");
  if (plug_config_bool(config, "file", &file) < 0 || plug_config_bool(config, "line", &line) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"file\" or \"line\" is neither true nor false");
  exporter.flags = PLUG_EXPORTER_ROWWISE | (file ? PLUG_EXPORTER_NAMES : 0) | (line ? PLUG_EXPORTER_NUMBERS : 0);
  return PLUG_OK;
}

static const char *name(const plug_plugin *plugin) { return (void)plugin, "JSON Lines"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Writes each line as a JSON object");
}

static uint8_t *put(uint8_t *to, const char *text) {
  const size_t len = strlen(text);
  memcpy(to, text, len);
  return to + len;
}

static uint64_t escaped_length(const uint8_t *data, size_t len) {
  uint64_t length = len;
  for (size_t i = 0; i < len; i++) {
    if (escapes[data[i]]) length += escapes[data[i]] == 'u' ? 5 : 1;
  }
  return length;
}

static uint8_t *put_escaped_byte(uint8_t *to, uint8_t byte) {
  static const char hex[] = "0123456789abcdef";
  const uint8_t escape = escapes[byte];
  if (!escape) {
    *to++ = byte;
    return to;
  }
  *to++ = '\\';
  *to++ = escape;
  if (escape != 'u') return to;
  to = put(to, "00");
  *to++ = (uint8_t)hex[byte >> 4];
  *to++ = (uint8_t)hex[byte & 15];
  return to;
}

/* Returns eight bytes whose top bit is set where a byte of the word needs an escape. Only the lowest of these bits is
 * exact: bits of later bytes may be wrong. The first byte is the lowest one. */
static uint64_t needing_escape(uint64_t word) {
  const uint64_t ones = UINT64_MAX / 255, high = ones << 7;
  const uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
  return ((word - ones * 0x20) | (quote - ones) | (backslash - ones)) & ~word & high;
}

/* Copies eight bytes at once and counts only those before the first that needs an escape. It writes nothing beyond the
 * end, because each byte takes at least one byte of output. */
static uint8_t *put_escaped(uint8_t *to, const uint8_t *data, size_t len) {
  size_t i = 0;
  while (len - i >= 8) {
    uint64_t word;
    memcpy(&word, data + i, 8);
    memcpy(to, &word, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    const uint64_t found = needing_escape(word);
    const size_t plain = found ? (size_t)__builtin_ctzll(found) / 8 : 8;
    to += plain;
    i += plain;
    if (found) to = put_escaped_byte(to, data[i++]);
  }
  for (; i < len; i++) to = put_escaped_byte(to, data[i]);
  return to;
}

static uint8_t *put_base64(uint8_t *to, const uint8_t *data, size_t len) {
  static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < len; i += 3) {
    const size_t rest = len - i;
    const uint32_t group =
        (uint32_t)data[i] << 16 | (rest > 1 ? (uint32_t)data[i + 1] << 8 : 0) | (rest > 2 ? data[i + 2] : 0);
    *to++ = (uint8_t)digits[group >> 18];
    *to++ = (uint8_t)digits[group >> 12 & 63];
    *to++ = rest > 1 ? (uint8_t)digits[group >> 6 & 63] : '=';
    *to++ = rest > 2 ? (uint8_t)digits[group & 63] : '=';
  }
  return to;
}

static int32_t write_row(const plug_plugin *plugin, plug_sink *out, row_place place, const uint8_t *data,
                         uint32_t len) {
  (void)plugin;
  const int text = is_utf8(data, len);
  const uint64_t room = len < MEASURED ? (uint64_t)len * GROWTH : text ? escaped_length(data, len) : len / 3 * 4 + 4;
  const plug_bytes file = place.input_name;
  const size_t size = (size_t)file.len;
  uint8_t *const start = out->reserve(out, FRAME + room + file.len * GROWTH);
  if (!start) return PLUG_ERROR_NOMEM;
  uint8_t *to = put(start, "{");
  if (exporter.flags & PLUG_EXPORTER_NAMES) {
    to = is_utf8(file.data, size) ? put_escaped(put(to, "\"file\":\""), file.data, size)
                                  : put_base64(put(to, "\"file_bytes\":\""), file.data, size);
    to = put(to, "\",");
  }
  if (exporter.flags & PLUG_EXPORTER_NUMBERS) to = put(put_decimal(put(to, "\"line\":"), place.number), ",");
  to = put_decimal(put(to, "\"offset\":"), place.offset);
  to = text ? put_escaped(put(to, ",\"text\":\""), data, len) : put_base64(put(to, ",\"bytes\":\""), data, len);
  return out->commit(out, (uint64_t)(put(to, "\"}\n") - start));
}

static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)state;
  return write_rows(plugin, ctx, lines, taken, out, error, write_row);
}

static int by_name(const void *a, const void *b) { return strcmp(*(const char *const *)a, *(const char *const *)b); }

/* Refuses columns that share a name: most readers of JSON take the last of two equal keys, and drop the other value. */
static int32_t begin_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_schema *columns,
                          plug_sink *out, plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)out;
  size_t room = 0;
  for (uint32_t i = 0; i < columns->count; i++) room += strlen(columns->fields[i]->name) + sizeof "_bytes";
  const char **const names = malloc((2 * (size_t)columns->count + 3) * sizeof *names);
  char *const of_bytes = malloc(room + 1);
  if (!names || !of_bytes) {
    free(names);
    free(of_bytes);
    return PLUG_ERROR_NOMEM;
  }
  size_t count = 0;
  while (count < columns->count) names[count] = columns->fields[count]->name, count++;
  if (exporter.flags & PLUG_EXPORTER_NUMBERS) names[count++] = "line";
  if (exporter.flags & PLUG_EXPORTER_NAMES) names[count++] = "file";
  /* The keys of texts that become base64. */
  char *to = of_bytes;
  for (uint32_t i = 0; in_base64 && i < columns->count; i++) {
    if (columns->fields[i]->type != PLUG_TEXT) continue;
    names[count++] = to;
    to += sprintf(to, "%s_bytes", columns->fields[i]->name) + 1;
  }
  if (in_base64 && exporter.flags & PLUG_EXPORTER_NAMES) names[count++] = "file_bytes";
  qsort(names, count, sizeof *names, by_name);
  const char *twice = NULL;
  for (size_t i = 1; i < count && !twice; i++)
    if (strcmp(names[i - 1], names[i]) == 0) twice = names[i];
  char message[256];
  if (twice)
    snprintf(message, sizeof message, "two columns have the name %.150s, and a JSON object has a key once", twice);
  free(names);
  free(of_bytes);
  return twice ? plug_fail(error, PLUG_ERROR_CONFIG, message) : PLUG_OK;
}

/* Appends escaped text, with U+FFFD in place of each byte that is not UTF-8. Takes at most 2 * len more bytes than the
 * escaped text. */
static uint8_t *put_mended(uint8_t *to, const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len;) {
    const size_t valid = utf8_prefix(data + i, len - i);
    to = put_escaped(to, data + i, valid);
    i += valid;
    if (i == len) break;
    to = put(to, "\xef\xbf\xbd");
    i++;
  }
  return to;
}

/* Appends a key and its text as a string. Text that is not UTF-8 is mended and counted, or becomes base64, and its key
 * says so. */
static int32_t put_text_value(plug_sink *out, const char *before, plug_bytes key, plug_bytes text) {
  const size_t len = (size_t)text.len;
  const int valid = is_utf8(text.data, len);
  const int utf8 = valid || !in_base64;
  const uint64_t room = !utf8 ? text.len / 3 * 4 + 4 : escaped_length(text.data, len) + (valid ? 0 : 2 * text.len);
  uint8_t *const start = out->reserve(out, FRAME + escaped_length(key.data, (size_t)key.len) + room);
  if (!start) return PLUG_ERROR_NOMEM;
  uint8_t *to = put_escaped(put(start, before), key.data, (size_t)key.len);
  to = put(to, utf8 ? "\":\"" : "_bytes\":\"");
  to = valid ? put_escaped(to, text.data, len) : utf8 ? put_mended(to, text.data, len) : put_base64(to, text.data, len);
  if (utf8 && !valid) atomic_fetch_add_explicit(&mended, 1, memory_order_relaxed);
  return out->commit(out, (uint64_t)(put(to, "\"") - start));
}

/* Appends a key and a value that is no text. A number that JSON does not have is null. */
static int32_t put_plain_value(plug_sink *out, const char *before, plug_bytes key, uint32_t type,
                               const plug_cell *cell) {
  uint8_t *const start = out->reserve(out, FRAME + escaped_length(key.data, (size_t)key.len) + CELL_MAX);
  if (!start) return PLUG_ERROR_NOMEM;
  uint8_t *to = put(put_escaped(put(start, before), key.data, (size_t)key.len), "\":");
  const int finite = cell && (type != PLUG_REAL || cell->real - cell->real == 0);
  if (finite && type == PLUG_TIME) *to++ = '"';
  to = finite ? put_cell(to, type, *cell) : put(to, "null");
  if (finite && type == PLUG_TIME) *to++ = '"';
  return out->commit(out, (uint64_t)(to - start));
}

static int32_t write_object(const plug_rows *rows, uint32_t row, plug_sink *out) {
  const plug_lines *const lines = rows->lines;
  const char *before = "{\"";
  int32_t status = PLUG_OK;
  if (lines && exporter.flags & PLUG_EXPORTER_NAMES && PLUG_HAS(lines, input_name)) {
    status = put_text_value(out, before, bytes_of("file"), *lines->input_name);
    before = ",\"";
  }
  if (status == PLUG_OK && lines && exporter.flags & PLUG_EXPORTER_NUMBERS && PLUG_HAS(lines, numbers)) {
    const plug_cell number = {.integer = (int64_t)lines->numbers[row]};
    status = put_plain_value(out, before, bytes_of("line"), PLUG_INTEGER, &number);
    before = ",\"";
  }
  for (uint32_t i = 0; i < rows->schema->count && status == PLUG_OK; i++) {
    const plug_column *const column = &rows->columns[i];
    const plug_field *const field = rows->schema->fields[i];
    const int valid = plug_has_value(column, row);
    status = valid && field->type == PLUG_TEXT
                 ? put_text_value(out, before, bytes_of(field->name), plug_text(rows, column->cells[row].text))
                 : put_plain_value(out, before, bytes_of(field->name), field->type, valid ? &column->cells[row] : NULL);
    before = ",\"";
  }
  return status == PLUG_OK ? plug_put(out, "}\n") : status;
}

static int32_t write_table(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                           plug_sink *out, plug_error *error) {
  (void)plugin, (void)state;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  for (uint32_t row = 0; row < rows->count; row++) {
    const int32_t status = write_object(rows, row, out);
    if (status != PLUG_OK) return plug_fail(error, status, "the sink did not take a row");
  }
  return PLUG_OK;
}

/* Reports how many texts were mended since the last report. */
static void report_mended(void) {
  const unsigned long long texts = atomic_exchange(&mended, 0);
  if (texts == 0 || !kept_host || !kept_host->log) return;
  char text[128];
  const int len = snprintf(text, sizeof text, "%llu text%s not UTF-8; each wrong byte became U+FFFD", texts,
                           texts == 1 ? " is" : "s are");
  kept_host->log(kept_host, PLUG_LOG_WARNING, (plug_bytes){(const uint8_t *)text, (uint64_t)len});
}

static int32_t end(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)out, (void)error;
  report_mended();
  return PLUG_OK;
}

/* In a process of its own a worker may write without the call of end. */
static void destroy(plug_plugin *plugin) {
  (void)plugin;
  report_mended();
}

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT_DATA plug_plugin NewPlugin = {PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                                          .run = run,         .destroy = destroy, .extension = extension};
