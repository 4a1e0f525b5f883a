#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/convert.h"
#include "../shared/find.h"

PLUG_MANIFEST({
  "id" : "org.plughost.access",
  "name" : "access",
  "version" : "0.1.0",
  "description" : "Reads the access logs of web servers: the Common and the Combined Log Format",
  "license" : "MIT",
  "extensions" : ["plug.parser/1"]
})

enum { HOST, IDENT, USER, TIME, METHOD, PATH, PROTOCOL, STATUS, BYTES, REFERER, AGENT, FIELDS };

static const struct {
  const char *name;
  uint32_t type;
  const char *description;
} fields[FIELDS] = {
    [HOST] = {"host", PLUG_TEXT, "The address of the client"},
    [IDENT] = {"ident", PLUG_TEXT, "Who the client's machine says that it is"},
    [USER] = {"user", PLUG_TEXT, "Who has logged in"},
    [TIME] = {"time", PLUG_TIME, "When the request came"},
    [METHOD] = {"method", PLUG_TEXT, "The method of the request, such as GET"},
    [PATH] = {"path", PLUG_TEXT, "What was requested, with the query"},
    [PROTOCOL] = {"protocol", PLUG_TEXT, "The version of HTTP"},
    [STATUS] = {"status", PLUG_INTEGER, "The status of the answer"},
    [BYTES] = {"bytes", PLUG_INTEGER, "The bytes of the answer's body"},
    [REFERER] = {"referer", PLUG_TEXT, "The page that the request came from"},
    [AGENT] = {"agent", PLUG_TEXT, "The client's program"},
};

/* A column that is wanted. */
typedef struct wanted {
  int field;
  uint32_t type;
} wanted;

/* The state of a worker. */
typedef struct reader {
  wanted *columns;
  uint32_t count;
  int parts;        /* whether a part of the request is wanted */
  int has_date;     /* whether there is a last date */
  uint8_t date[11]; /* the last date, such as 10/Oct/2000, and its days since 1970 */
  int64_t days;
} reader;

/* The parts of a line. A part that it does not have is empty, at null. */
typedef struct parts {
  plug_bytes of[FIELDS];
} parts;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Access logs"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Reads the access logs of web servers");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  reader *state = calloc(1, sizeof *state);
  if (!state) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the parser");
  return state;
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(((reader *)state)->columns);
  free(state);
}

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  (void)plugin;
  if (index >= FIELDS) return 0;
  field->type = fields[index].type;
  field->name = fields[index].name;
  field->description = fields[index].description;
  return 1;
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  (void)plugin;
  reader *self = state;
  self->columns = calloc(columns->count ? columns->count : 1, sizeof *self->columns);
  if (!self->columns) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  self->count = columns->count;
  for (uint32_t i = 0; i < columns->count; i++) {
    const plug_field *const asked = columns->fields[i];
    int which = 0;
    while (which < FIELDS && strcmp(fields[which].name, asked->name) != 0) which++;
    if (which == FIELDS) return plug_fail(error, PLUG_ERROR_CONFIG, "access logs have no column of this name");
    const uint32_t type = asked->type == PLUG_ANY ? fields[which].type : asked->type;
    if (type == PLUG_TIME && which != TIME)
      return plug_fail(error, PLUG_ERROR_CONFIG, "only the column time is a time");
    self->columns[i] = (wanted){which, type};
    self->parts |= which == METHOD || which == PATH || which == PROTOCOL;
  }
  return PLUG_OK;
}

/* Returns the quote that ends a quoted text whose first byte is `at`, or `end` if there is none. A quote that a
 * backslash escapes belongs to the text. */
static const uint8_t *closing_quote(const uint8_t *at, const uint8_t *end) {
  const uint8_t *const begin = at;
  for (;; at++) {
    at = find_byte(at, end, '"');
    if (at == end) return end;
    const uint8_t *slash = at;
    while (slash > begin && slash[-1] == '\\') slash--;
    if ((at - slash) % 2 == 0) return at;
  }
}

static plug_bytes between(const uint8_t *begin, const uint8_t *end) {
  return (plug_bytes){begin, (uint64_t)(end - begin)};
}

/* Returns whether a part consists of digits, or is a single dash, which stands for no number. */
static int is_number(const uint8_t *at, const uint8_t *end) {
  if (at == end) return 0;
  if (end - at == 1 && *at == '-') return 1;
  for (; at < end; at++)
    if ((uint8_t)(*at - '0') > 9) return 0;
  return 1;
}

/* Splits a line. Returns whether it has the format, which the columns that are wanted do not change:
 *   HOST IDENT USER [TIME] "REQUEST" STATUS BYTES
 * and perhaps ` "REFERER" "AGENT"`, after which anything may stand. A user name may hold spaces. */
static int split(const uint8_t *at, const uint8_t *end, parts *to, plug_bytes *request) {
  const uint8_t *next = find_byte(at, end, ' ');
  if (next == end || next == at) return 0;
  to->of[HOST] = between(at, next);
  at = next + 1;
  next = find_byte(at, end, ' ');
  if (next == end || next == at) return 0;
  to->of[IDENT] = between(at, next);
  at = next + 1;
  next = find_byte(at, end, '[');
  if (next == end || next - at < 2 || next[-1] != ' ') return 0;
  to->of[USER] = between(at, next - 1);
  at = next + 1;
  next = find_byte(at, end, ']');
  if (end - next < 4 || next == at || next[1] != ' ' || next[2] != '"') return 0;
  to->of[TIME] = between(at, next);
  at = next + 3;
  next = closing_quote(at, end);
  if (end - next < 4 || next[1] != ' ') return 0;
  *request = between(at, next);
  at = next + 2;
  next = find_byte(at, end, ' ');
  if (next == end || !is_number(at, next)) return 0;
  to->of[STATUS] = between(at, next);
  at = next + 1;
  next = find_byte(at, end, ' ');
  if (!is_number(at, next)) return 0;
  to->of[BYTES] = between(at, next);
  to->of[REFERER] = to->of[AGENT] = (plug_bytes){NULL, 0};
  if (end - next < 2 || next[1] != '"') return 1;
  at = next + 2;
  next = closing_quote(at, end);
  if (end - next < 3 || next[1] != ' ' || next[2] != '"') return 1;
  to->of[REFERER] = between(at, next);
  at = next + 3;
  next = closing_quote(at, end);
  if (next < end)
    to->of[AGENT] = between(at, next);
  else
    to->of[REFERER] = (plug_bytes){NULL, 0};
  return 1;
}

/* Splits a request such as `GET /path HTTP/1.1`. A request of another form has no parts. */
static void split_request(plug_bytes request, parts *to) {
  const plug_bytes none = {NULL, 0};
  to->of[METHOD] = to->of[PATH] = to->of[PROTOCOL] = none;
  const uint8_t *const begin = request.data, *const end = begin + request.len;
  const uint8_t *const space = find_byte(begin, end, ' ');
  if (space == end || space == begin) return;
  for (const uint8_t *letter = begin; letter < space; letter++)
    if ((uint8_t)((*letter | 0x20) - 'a') > 25 && *letter != '-' && *letter != '_') return;
  const uint8_t *last = end;
  while (last > space && last[-1] != ' ') last--;
  const int has_protocol = last - 1 > space && end - last > 5 && memcmp(last, "HTTP/", 5) == 0;
  const uint8_t *const path_end = has_protocol ? last - 1 : end;
  to->of[METHOD] = between(begin, space);
  if (path_end > space + 1) to->of[PATH] = between(space + 1, path_end);
  if (has_protocol) to->of[PROTOCOL] = between(last, end);
}

static int two_digits(const uint8_t *at) {
  const uint8_t tens = (uint8_t)(at[0] - '0'), ones = (uint8_t)(at[1] - '0');
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

/* Reads a date such as 10/Oct/2000. Returns 0 if it is none. */
static int read_date(const uint8_t *at, int64_t *days) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  static const uint8_t lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const int day = two_digits(at), century = two_digits(at + 7), year = two_digits(at + 9);
  if (day < 1 || century < 0 || year < 0 || at[2] != '/' || at[6] != '/') return 0;
  for (int month = 0; month < 12; month++) {
    if (memcmp(at + 3, months + 3 * month, 3) != 0) continue;
    if (day > lengths[month]) return 0;
    *days = days_of(century * 100 + year, month + 1, day);
    return 1;
  }
  return 0;
}

/* Reads a time such as 10/Oct/2000:13:55:36 -0700. Returns 0 if it is none. */
static int read_time(reader *self, plug_bytes text, int64_t *ns) {
  const uint8_t *const at = text.data;
  if (text.len != 26 || at[11] != ':' || at[14] != ':' || at[17] != ':' || at[20] != ' ') return 0;
  if (!self->has_date || memcmp(self->date, at, sizeof self->date) != 0) {
    self->has_date = 0;
    if (!read_date(at, &self->days)) return 0;
    memcpy(self->date, at, sizeof self->date);
    self->has_date = 1;
  }
  const int hour = two_digits(at + 12), minute = two_digits(at + 15), second = two_digits(at + 18);
  const int east = two_digits(at + 22), minutes = two_digits(at + 24);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return 0;
  if ((at[21] != '+' && at[21] != '-') || east < 0 || minutes < 0 || minutes > 59) return 0;
  const int64_t shift = (east * 60 + minutes) * 60;
  const int64_t seconds = self->days * 86400 + hour * 3600 + minute * 60 + second - (at[21] == '-' ? -shift : shift);
  return !__builtin_mul_overflow(seconds, INT64_C(1000000000), ns);
}

/* Returns whether a part has a value; a single dash stands for none. */
static int has_value(int which, plug_bytes part) {
  if (!part.data || (part.len == 1 && part.data[0] == '-')) return 0;
  return part.len > 0 || which == REFERER || which == AGENT;
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, plug_sink *made, plug_error *error) {
  (void)plugin, (void)ctx, (void)made, (void)error;
  reader *self = state;
  const uint8_t *const block = lines->block.data;
  parts line;
  for (uint32_t i = 0; i < lines->count; i++) {
    const uint8_t *const begin = block + lines->spans[i].offset;
    plug_bytes request;
    if (!split(begin, begin + lines->spans[i].length, &line, &request)) continue;
    fits[i / 64] |= UINT64_C(1) << (i % 64);
    if (self->parts) split_request(request, &line);
    for (uint32_t k = 0; k < self->count; k++) {
      const wanted column = self->columns[k];
      const plug_bytes part = line.of[column.field];
      plug_cell cell;
      if (!has_value(column.field, part)) continue;
      if (column.type == PLUG_TEXT) {
        cell.text = (plug_span){(uint32_t)(part.data - block), (uint32_t)part.len};
      } else if (column.type == PLUG_TIME) {
        if (!read_time(self, part, &cell.integer)) continue;
      } else if (!to_cell(column.type, part, &cell)) {
        continue;
      }
      plug_set_value(&columns[k], i, cell);
    }
  }
  return PLUG_OK;
}

static const plug_parser parser = {.size = sizeof(plug_parser),
                                   .flags = PLUG_PARSER_LINEWISE,
                                   .state_new = state_new,
                                   .state_free = state_free,
                                   .want = want,
                                   .parse = parse,
                                   .field = field};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_PARSER) ? &parser : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  plug_plugin *plugin = malloc(sizeof *plugin);
  if (plugin)
    *plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name, .run = run, .destroy = destroy, .extension = extension};
  return plugin;
}
