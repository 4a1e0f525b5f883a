#include "../shared/csv.h"

#include <plughost/config.h>
#include <plughost/plughost.h>

#include "../shared/cells.h"
#include "../shared/rows.h"
#include "../shared/separator.h"

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
      "file" : {"type" : "boolean", "default" : false, "description" : "Write the name of its file as well"},
      "line" : {"type" : "boolean", "default" : false, "description" : "Write its number in its file as well"},
      "header" : {"type" : "boolean", "default" : true, "description" : "Write the names of the columns first"},
      "delimiter" : {
        "type" : "string",
        "default" : ",",
        "minLength" : 1,
        "description" :
            "What is between columns: comma, pipe, semicolon, space, tab, or an ASCII character, no letter or digit"
      },
      "newline" : {
        "type" : "string",
        "enum" : [ "lf", "crlf" ],
        "default" : "lf",
        "description" : "What ends a row: lf as in logs, crlf as in RFC 4180"
      }
    },
    "additionalProperties" : false
  }
})

typedef struct csv {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  plug_exporter exporter;
  int file;
  int line;
  int header;
  uint8_t delimiter;
  int crlf;
} csv;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "CSV"; }

/* Returns whether rows can be parsed again with this separator, because numbers and column names are not quoted. */
static int can_delimit(int c) {
  const int alphanumeric = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
  return c > 0 && !alphanumeric && c != '"' && c != '\r' && c != '\n';
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  csv *self = (csv *)plugin;
  uint8_t text[16] = {0};
  uint64_t len = 0;
  if (plug_config_bool(config, "file", &self->file) < 0 || plug_config_bool(config, "line", &self->line) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"file\" or \"line\" is neither true nor false");
  if (self->file) self->exporter.flags |= PLUG_EXPORTER_NAMES;
  if (self->line) self->exporter.flags |= PLUG_EXPORTER_NUMBERS;
  if (plug_config_bool(config, "header", &self->header) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"header\" is neither true nor false");
  int found = plug_config_string(config, "delimiter", text, sizeof text, &len);
  const int delimiter = found > 0 ? separator_of(text, len) : -1;
  if (found != 0 && !can_delimit(delimiter))
    return plug_fail(error, PLUG_ERROR_CONFIG,
                     "the option \"delimiter\" is neither " SEPARATOR_WORDS
                     " nor one ASCII character other than letter, digit, quote, NUL and line end");
  if (found != 0) self->delimiter = (uint8_t)delimiter;
  found = plug_config_string(config, "newline", text, sizeof text, &len);
  self->crlf = found == 1 && len == 4 && memcmp(text, "crlf", 4) == 0;
  if (found && !self->crlf && (found < 0 || len != 2 || memcmp(text, "lf", 2) != 0))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"newline\" is neither \"lf\" nor \"crlf\"");
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Writes each line as a row of CSV");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static uint8_t *put_newline(const csv *self, uint8_t *to) { return self->crlf ? put(to, "\r\n", 2) : put(to, "\n", 1); }

/* A state counts the tables that it began. */
static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin, (void)error;
  return calloc(1, sizeof(uint64_t));
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(state);
}

static int32_t begin(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)state, (void)ctx, (void)error;
  const csv *self = (const csv *)plugin;
  if (!self->header) return PLUG_OK;
  uint8_t header[sizeof "file,line,offset,text\r\n"];
  uint8_t *to = header;
  if (self->file) {
    to = put(to, "file", 4);
    *to++ = self->delimiter;
  }
  if (self->line) {
    to = put(to, "line", 4);
    *to++ = self->delimiter;
  }
  to = put(to, "offset", 6);
  *to++ = self->delimiter;
  to = put_newline(self, put(to, "text", 4));
  return out->write(out, header, (uint64_t)(to - header));
}

static int32_t write_row(const plug_plugin *plugin, plug_sink *out, row_place place, const uint8_t *data,
                         uint32_t len) {
  enum { FRAME = 2 * DECIMAL_MAX + sizeof "\"\",,,\"\"\r\n" };
  const csv *self = (const csv *)plugin;
  const int quoted = needs_quotes(data, len, self->delimiter);
  const plug_bytes file = place.input_name;
  uint8_t *const start = out->reserve(out, FRAME + 2 * file.len + (uint64_t)len * (quoted ? 2 : 1));
  if (!start) return PLUG_ERROR_NOMEM;
  uint8_t *to = start;
  if (self->file) {
    const size_t size = (size_t)file.len;
    to = needs_quotes(file.data, size, self->delimiter) ? put_quoted(to, file.data, size) : put(to, file.data, size);
    *to++ = self->delimiter;
  }
  if (self->line) {
    to = put_decimal(to, place.number);
    *to++ = self->delimiter;
  }
  to = put_decimal(to, place.offset);
  *to++ = self->delimiter;
  to = quoted ? put_quoted(to, data, len) : put(to, data, len);
  return out->commit(out, (uint64_t)(put_newline(self, to) - start));
}

static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)state;
  return write_rows(plugin, ctx, lines, taken, out, error, write_row);
}

/* Appends a text as one value, and what follows it. */
static int32_t put_value(const csv *self, plug_sink *out, plug_bytes text, int quoted, const char *next) {
  quoted = quoted || needs_quotes(text.data, (size_t)text.len, self->delimiter);
  uint8_t *const start = out->reserve(out, text.len * (quoted ? 2 : 1) + sizeof "\"\"\r\n");
  if (!start) return PLUG_ERROR_NOMEM;
  uint8_t *to = quoted ? put_quoted(start, text.data, (size_t)text.len) : put(start, text.data, (size_t)text.len);
  to = put(to, next, strlen(next));
  return out->commit(out, (uint64_t)(to - start));
}

static int32_t begin_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_schema *columns,
                          plug_sink *out, plug_error *error) {
  (void)ctx;
  const csv *self = (const csv *)plugin;
  uint64_t *const tables = state;
  int32_t status = PLUG_OK;
  /* No row is an empty line, so one separates tables. */
  if ((*tables)++ > 0) status = plug_put(out, self->crlf ? "\r\n" : "\n");
  if (!self->header) return status;
  const char delimiter[2] = {(char)self->delimiter, 0};
  if (self->file && status == PLUG_OK) status = put_value(self, out, bytes_of("file"), 0, delimiter);
  if (self->line && status == PLUG_OK) status = put_value(self, out, bytes_of("line"), 0, delimiter);
  for (uint32_t i = 0; i < columns->count && status == PLUG_OK; i++) {
    const char *const next = i + 1 < columns->count ? delimiter : self->crlf ? "\r\n" : "\n";
    status = put_value(self, out, bytes_of(columns->fields[i]->name), 0, next);
  }
  return status == PLUG_OK ? status : plug_fail(error, status, "the sink did not take the names of the columns");
}

static int32_t write_row_of(const csv *self, const plug_rows *rows, uint32_t row, plug_sink *out) {
  const char delimiter[2] = {(char)self->delimiter, 0};
  const char *const newline = self->crlf ? "\r\n" : "\n";
  const plug_lines *const lines = rows->lines;
  char text[CELL_MAX + 1];
  if (self->file) {
    const plug_bytes file = lines && PLUG_HAS(lines, input_name) ? *lines->input_name : bytes_of("");
    const int32_t status = put_value(self, out, file, 0, delimiter);
    if (status != PLUG_OK) return status;
  }
  if (self->line) {
    uint8_t *end = (uint8_t *)text;
    if (lines && PLUG_HAS(lines, numbers)) end = put_decimal(end, lines->numbers[row]);
    const int32_t status =
        put_value(self, out, (plug_bytes){(uint8_t *)text, (uint64_t)(end - (uint8_t *)text)}, 0, delimiter);
    if (status != PLUG_OK) return status;
  }
  for (uint32_t i = 0; i < rows->schema->count; i++) {
    const plug_column *const column = &rows->columns[i];
    const uint32_t type = rows->schema->fields[i]->type;
    const int valid = plug_has_value(column, row);
    plug_bytes value = {(uint8_t *)text, 0};
    if (valid && type == PLUG_TEXT) {
      value = plug_text(rows, column->cells[row].text);
    } else if (valid) {
      value.len = (uint64_t)(put_cell((uint8_t *)text, type, column->cells[row]) - (uint8_t *)text);
    }
    /* Null is nothing between two delimiters, so a text without a byte is quoted. A row of one null is quoted too: an
     * empty line is no row. */
    const int quoted = value.len == 0 && ((valid && type == PLUG_TEXT) || rows->schema->count == 1);
    const int32_t status = put_value(self, out, value, quoted, i + 1 < rows->schema->count ? delimiter : newline);
    if (status != PLUG_OK) return status;
  }
  return PLUG_OK;
}

static int32_t write_table(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                           plug_sink *out, plug_error *error) {
  (void)state;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  for (uint32_t row = 0; row < rows->count; row++) {
    const int32_t status = write_row_of((const csv *)plugin, rows, row, out);
    if (status != PLUG_OK) return plug_fail(error, status, "the sink did not take a row");
  }
  return PLUG_OK;
}

static const void *extension(const plug_plugin *plugin, const char *id) {
  return plug_same_id(id, PLUG_EXPORTER) ? &((const csv *)plugin)->exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  csv *self = malloc(sizeof *self);
  if (!self) return NULL;
  *self = (csv){.plugin = {PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run, .destroy = destroy,
                           .extension = extension},
                .exporter = {.size = sizeof(plug_exporter),
                             .flags = PLUG_EXPORTER_ROWWISE,
                             .state_new = state_new,
                             .state_free = state_free,
                             .begin = begin,
                             .write = write,
                             .begin_rows = begin_rows,
                             .write_rows = write_table},
                .header = 1,
                .delimiter = ','};
  return &self->plugin;
}
