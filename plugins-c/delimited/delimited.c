#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/find.h"
#include "../shared/separator.h"
#include "reader.h"

PLUG_MANIFEST({
  "id" : "org.plughost.delimited",
  "name" : "delimited",
  "version" : "0.1.0",
  "description" : "Reads lines of fields: CSV by RFC 4180, TSV, the logs of web servers by W3C, and those of Zeek",
  "license" : "MIT",
  "extensions" : ["plug.parser/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "columns" : {
        "type" : [ "string", "array" ],
        "minLength" : 1,
        "items" : {"type" : "string"},
        "minItems" : 1,
        "description" :
            "The names of the columns, with commas between them or as a list; without it the header has them"
      },
      "header" : {
        "type" : "string",
        "enum" : [ "first", "w3c", "zeek" ],
        "default" : "first",
        "description" :
            "Unless columns are named, who names them: the first line, or those that begin with #Fields: or #fields"
      },
      "separator" : {
        "type" : "string",
        "minLength" : 1,
        "description" :
            "comma, pipe, semicolon, space, tab, or an ASCII character; a comma, for w3c a space, for zeek a tab"
      },
      "quotes" :
          {"type" : "boolean", "description" : "Fields may be in double quotes; true by default, and false for zeek"}
    },
    "additionalProperties" : false
  }
})

typedef struct delimited {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  plug_parser parser;
  dialect how;
  uint8_t *columns; /* the option, with a NUL behind each name; null: a header has the names */
  uint64_t columns_length;
  const char **names; /* those of the option */
  uint32_t count;
} delimited;

static const delimited *of(const plug_plugin *plugin) { return (const delimited *)plugin; }

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Delimited"; }

/* The option of the names while it is read. */
typedef struct names_option {
  delimited *to;
  const char *fault; /* why a name cannot be one; null: all can */
} names_option;

/* Appends a name, for which there is room. Returns 0 if it cannot be one. */
static int add_name(void *option_, const uint8_t *text, uint64_t length) {
  names_option *const option = option_;
  delimited *const to = option->to;
  char *const name = (char *)to->columns + to->columns_length;
  if (length == 0) option->fault = "the option \"columns\" has an empty name";
  if (memchr(text, 0, length)) option->fault = "the option \"columns\" has a NUL in it";
  if (option->fault) return 0;
  memcpy(name, text, length);
  name[length] = 0;
  for (uint32_t i = 0; i < to->count; i++)
    if (strcmp(to->names[i], name) == 0) option->fault = "the option \"columns\" has a name twice";
  to->names[to->count++] = name;
  to->columns_length += length + 1;
  return !option->fault;
}

/* Appends names with commas between them. Returns 0 if one of them cannot be one. */
static int split_names(names_option *option, const uint8_t *text, uint64_t length) {
  for (const uint8_t *at = text, *const end = text + length;; at++) {
    const uint8_t *const comma = memchr(at, ',', (size_t)(end - at));
    const uint8_t *const stop = comma ? comma : end;
    if (!add_name(option, at, (uint64_t)(stop - at))) return 0;
    if (!comma) return 1;
    at = stop;
  }
}

/* Reads the option of the names, a text or a list. Returns PLUG_OK or an error. */
static int32_t read_names(delimited *self, plug_bytes config, plug_error *error) {
  names_option option = {self, NULL};
  uint64_t length = 0;
  /* The NUL after each name has room, because the config has a quote or a comma there. find_byte reads up to 64 bytes
   * after a text. */
  uint8_t *const text = malloc(config.len + 1);
  self->columns = malloc(config.len + 64);
  self->names = calloc(config.len + 1, sizeof *self->names);
  if (!text || !self->columns || !self->names) {
    free(text);
    return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the names of the columns");
  }
  int found = plug_config_string(config, "columns", text, config.len, &length);
  if (found > 0)
    split_names(&option, text, length);
  else if (found < 0)
    found = plug_config_strings(config, "columns", text, config.len, add_name, &option);
  free(text);
  if (option.fault) return plug_fail(error, PLUG_ERROR_CONFIG, option.fault);
  if (found < 0 || (found > 0 && self->count == 0))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"columns\" is neither a text nor a list of texts");
  if (found > 0) {
    self->columns_length--; /* the last NUL */
    return PLUG_OK;
  }
  free(self->columns);
  self->columns = NULL;
  return PLUG_OK;
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  delimited *self = (delimited *)plugin;
  uint8_t text[16];
  uint64_t length = 0;
  int found = plug_config_string(config, "header", text, sizeof text, &length);
  self->how.w3c = found == 1 && length == 3 && memcmp(text, "w3c", 3) == 0;
  self->how.zeek = found == 1 && length == 4 && memcmp(text, "zeek", 4) == 0;
  if (found < 0 || (found == 1 && !has_directives(self->how) && !(length == 5 && memcmp(text, "first", 5) == 0)))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"header\" is neither first, w3c nor zeek");
  self->how.separator = self->how.w3c ? ' ' : self->how.zeek ? '\t' : ',';
  self->how.quotes = !self->how.zeek;
  found = plug_config_string(config, "separator", text, sizeof text, &length);
  const int separator = found > 0 ? separator_of(text, length) : -1;
  if (found != 0 && (separator <= 0 || strchr("\"\r\n", separator)))
    return plug_fail(error, PLUG_ERROR_CONFIG,
                     "the option \"separator\" is neither " SEPARATOR_WORDS
                     " nor one ASCII character other than a quote, NUL and line ends");
  if (found != 0) self->how.separator = (uint8_t)separator;
  if (plug_config_bool(config, "quotes", &self->how.quotes) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"quotes\" is neither true nor false");
  const int32_t status = read_names(self, config, error);
  if (status == PLUG_OK && self->columns) self->parser.flags = PLUG_PARSER_LINEWISE;
  return status;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Reads lines of fields");
}

static void destroy(plug_plugin *plugin) {
  delimited *self = (delimited *)plugin;
  free(self->columns);
  free(self->names);
  free(self);
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  reader *state = calloc(1, sizeof *state);
  if (!state) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the parser");
  return state;
}

static void state_free(const plug_plugin *plugin, void *state) { (void)plugin, free_reader(state); }

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  if (index >= of(plugin)->count) return 0;
  field->type = PLUG_TEXT;
  field->name = of(plugin)->names[index];
  field->description = NULL;
  return 1;
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  const delimited *const self = of(plugin);
  reader *const to = state;
  const int32_t status = take_wanted(to, columns, error);
  if (status != PLUG_OK || !self->columns) return status;
  for (uint32_t i = 0; i < columns->count; i++) {
    uint32_t which = 0;
    while (which < self->count && strcmp(self->names[which], columns->fields[i]->name) != 0) which++;
    if (which == self->count)
      return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"columns\" has no column of this name");
  }
  /* A NUL is behind each name. */
  const dialect names = {.separator = 0};
  return take_header(to, names, (plug_bytes){self->columns, self->columns_length}) == 1
             ? PLUG_OK
             : plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
}

/* What a line is. An error of the contract is another answer. */
enum { UNFIT, ROW, SKIPPED };

/* Reads a line that may be a header. Returns what it is, or an error. */
static int32_t read_header(const delimited *self, reader *to, const plug_lines *lines, uint32_t row, plug_bytes line,
                           plug_error *error) {
  if (to->input != (uint64_t)lines->input + 1) {
    to->input = (uint64_t)lines->input + 1;
    to->fields = 0;
    to->awaits = 1;
    to->whole = plug_line_offset(lines, row) <= 3; /* a mark of UTF-8 is not part of the line */
    if (line.len >= 3 && memcmp(line.data, "\xef\xbb\xbf", 3) == 0) line.data += 3, line.len -= 3;
  }
  if (has_directives(self->how) && line.len > 0 && *line.data == '#') {
    const char *const fields = self->how.zeek ? "#fields" : "#Fields:";
    const size_t length = strlen(fields);
    if (line.len <= length || memcmp(line.data, fields, length) != 0) return SKIPPED;
    line.data += length, line.len -= length;
    if (self->how.zeek && !is_blank(*line.data) && *line.data != self->how.separator) return SKIPPED;
    if (*line.data == self->how.separator) line.data++, line.len--;
    while (line.len > 0 && is_blank(*line.data)) line.data++, line.len--;
    while (line.len > 0 && is_blank(line.data[line.len - 1])) line.len--;
    if (line.len == 0) return SKIPPED; /* it names no field */
  } else if (to->fields > 0) {
    return ROW;
  } else if (line.len == 0) {
    return SKIPPED;
  } else if (!to->whole) {
    return plug_fail(error, PLUG_ERROR_CONFIG,
                     "the header of the input is left out before the parser; name the columns with its option columns");
  } else if (has_directives(self->how) || !to->awaits) {
    return UNFIT;
  }
  to->awaits = 0;
  const int32_t status = take_header(to, self->how, line);
  if (status < 0) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  return status ? SKIPPED : UNFIT;
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *sink,
                     plug_error *error) {
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const delimited *const self = of(plugin);
  reader *const from = state;
  target to = {lines->block.data, columns, {sink, lines->block.len, 0}, 0};
  for (uint32_t i = 0; i < lines->count; i++) {
    plug_bytes line = {lines->block.data + lines->spans[i].offset, lines->spans[i].length};
    if (line.len > 0 && line.data[line.len - 1] == '\r') line.len--;
    int32_t status = self->columns ? ROW : read_header(self, from, lines, i, line, error);
    if (status < 0) return status;
    /* An empty line is a row of a single field. */
    if (line.len == 0 && from->fields > 1) status = SKIPPED;
    const uint64_t bit = UINT64_C(1) << (i % 64);
    if (status == SKIPPED) skipped[i / 64] |= bit;
    if (status != ROW) continue;
    to.row = i;
    status = read_fields(from, self->how, line, &to);
    if (status < 0) return plug_fail(error, status, "there is no memory for the values of a line");
    if (status) {
      fits[i / 64] |= bit;
      continue;
    }
    for (uint32_t k = 0; k < from->count; k++) columns[k].valid[i / 64] &= ~bit;
  }
  return PLUG_OK;
}

static const void *extension(const plug_plugin *plugin, const char *id) {
  return plug_same_id(id, PLUG_PARSER) ? &of(plugin)->parser : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  delimited *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  self->parser = (plug_parser){.size = sizeof(plug_parser),
                               .flags = PLUG_PARSER_ORDERED | PLUG_PARSER_OPEN,
                               .state_new = state_new,
                               .state_free = state_free,
                               .want = want,
                               .parse = parse,
                               .field = field};
  return &self->plugin;
}
