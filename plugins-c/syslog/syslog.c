#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/known.h"
#include "../shared/made.h"
#include "../shared/times.h"
#include "split.h"

PLUG_MANIFEST({
  "id" : "org.plughost.syslog",
  "name" : "syslog",
  "version" : "0.1.0",
  "description" : "Reads syslog by RFC 3164 and RFC 5424, as it is sent and as it is in files",
  "license" : "MIT",
  "extensions" : ["plug.parser/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "year" : {
        "type" : "integer",
        "minimum" : 1678,
        "maximum" : 2261,
        "description" : "The year of times that have none, which are null without it"
      },
      "zone" : {
        "type" : "string",
        "default" : "Z",
        "description" : "The zone of times that have none: Z, or hours and minutes such as +01:00"
      }
    },
    "additionalProperties" : false
  }
})

static const known_column known[COLUMNS] = {
    [TIME] = {"time", PLUG_TIME, "When it happened"},
    [HOST] = {"host", PLUG_TEXT, "The machine that it happened on"},
    [APP] = {"app", PLUG_TEXT, "The program"},
    [PID] = {"pid", PLUG_INTEGER, "The number of the process; as text also another name of it"},
    [FACILITY] = {"facility", PLUG_INTEGER, "What kind of program it is, 0 to 23; as text its name, such as mail"},
    [SEVERITY] = {"severity", PLUG_INTEGER,
                  "How bad it is, from 0, which is worst, to 7; as text its name, such as err"},
    [MESSAGE] = {"message", PLUG_TEXT, "What happened"},
    [MSGID] = {"msgid", PLUG_TEXT, "The kind of message"},
    [DATA] = {"data", PLUG_TEXT, "The structured data, as they stand"},
};

enum { FACILITIES = 24, SEVERITIES = 8 };

/* As syslog.conf names them. */
static const char *const facilities[FACILITIES] = {"kern",   "user",   "mail",   "daemon", "auth",     "syslog",
                                                   "lpr",    "news",   "uucp",   "cron",   "authpriv", "ftp",
                                                   "ntp",    "audit",  "alert",  "clock",  "local0",   "local1",
                                                   "local2", "local3", "local4", "local5", "local6",   "local7"};
static const char *const severities[SEVERITIES] = {"emerg",   "alert",  "crit", "err",
                                                   "warning", "notice", "info", "debug"};

typedef struct syslog_plugin {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  int year;           /* of times that have none; 0: unknown */
  int64_t east;       /* seconds of their zone */
} syslog_plugin;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Syslog"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  syslog_plugin *self = (syslog_plugin *)plugin;
  double year = 0;
  uint8_t zone[64];
  uint64_t length = 0;
  if (plug_config_number(config, "year", &year) < 0 || year < 0 || year > 9999)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"year\" is no year");
  self->year = (int)year;
  const int found = plug_config_string(config, "zone", zone, sizeof zone, &length);
  if (found < 0 || (found > 0 && !to_zone((plug_bytes){zone, length}, &self->east)))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"zone\" is neither Z nor hours and minutes such as +01:00");
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Reads syslog by RFC 3164 and RFC 5424");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  return (void)plugin, new_state(sizeof(asked_list), error);
}

static void state_free(const plug_plugin *plugin, void *state) { (void)plugin, free_state(state); }

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  return (void)plugin, give_field(known, COLUMNS, index, field);
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  return (void)plugin, ask_for(known, COLUMNS, columns, state, error);
}

/* Reads the digits at *at, and moves *at past the byte after them, which is a blank or the end of the time. */
static int take_number(const uint8_t **at) {
  int number = 0;
  for (; (uint8_t)(**at - '0') <= 9; ++*at) number = number * 10 + (**at - '0');
  ++*at;
  return number;
}

/* Reads a time. One by RFC 3164 is in the zone of the options and in their year, unless it has its own. Returns 0 if it
 * is none. */
static int read_time(const syslog_plugin *self, const parts *line, int64_t *ns) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  const plug_bytes text = line->of[TIME];
  if (line->dated) return to_time(text, ns);
  int month = 1;
  while (memcmp(months + 3 * (month - 1), text.data, 3) != 0) month++;
  const uint8_t *at = text.data + 4;
  while (*at == ' ') at++;
  const int day = take_number(&at);
  int year = at[2] == ':' ? self->year : take_number(&at);
  int64_t seconds, fraction, east = self->east;
  uint64_t behind = (uint64_t)(at - text.data) + 8;
  if (!to_seconds(at, &seconds) || !to_fraction(text, &behind, &fraction)) return 0;
  /* A year and a zone follow, in any order. */
  const uint8_t *const end = text.data + text.len;
  for (at = text.data + behind; at < end;) {
    if (*at == ' ') at++;
    const uint8_t *part = at;
    while (at < end && *at != ' ') at++;
    if (!to_named_zone((plug_bytes){part, (uint64_t)(at - part)}, &east)) year = take_number(&part);
  }
  return year > 0 && is_date(year, month, day) && to_ns(days_of(year, month, day), seconds - east, fraction, ns);
}

/* The names that were made by a call of parse, which all lines share. */
typedef struct names {
  made_text made;
  plug_span facility[FACILITIES], severity[SEVERITIES];
} names;

/* Gives a facility or severity, by name or by number. Returns 1, 0 if it is no value of the type, or an error. */
static int32_t give_rank(uint32_t type, int rank, const char *const *texts, plug_span *made, names *to,
                         plug_cell *cell) {
  if (type == PLUG_TEXT) {
    if (made[rank].length == 0) {
      const int32_t status = make_text(&to->made, texts[rank], strlen(texts[rank]), &made[rank]);
      if (status != PLUG_OK) return status;
    }
    cell->text = made[rank];
  } else if (type == PLUG_REAL) {
    cell->real = rank;
  } else {
    cell->integer = rank;
    return type != PLUG_BOOLEAN || rank <= 1;
  }
  return 1;
}

/* Gives a column of a line. Returns 1, 0 if it has no value, or an error. */
static int32_t give(const syslog_plugin *self, const parts *line, asked column, const uint8_t *block, names *made,
                    plug_cell *cell) {
  const plug_bytes part = line->of[column.column];
  if (column.column == FACILITY || column.column == SEVERITY) {
    if (line->priority < 0) return 0;
    return column.column == FACILITY
               ? give_rank(column.type, line->priority / 8, facilities, made->facility, made, cell)
               : give_rank(column.type, line->priority % 8, severities, made->severity, made, cell);
  }
  if (!part.data) return 0;
  if (column.type == PLUG_TEXT) {
    cell->text = (plug_span){(uint32_t)(part.data - block), (uint32_t)part.len};
    return 1;
  }
  return column.column == TIME && column.type == PLUG_TIME ? read_time(self, line, &cell->integer)
                                                           : to_value(column.type, part, cell);
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *sink,
                     plug_error *error) {
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const asked_list *const wanted = state;
  const uint8_t *const block = lines->block.data;
  names made = {.made = {sink, lines->block.len, 0}};
  for (uint32_t i = 0; i < lines->count; i++) {
    parts line;
    plug_bytes text = {block + lines->spans[i].offset, lines->spans[i].length};
    if (text.len > 0 && text.data[text.len - 1] == '\r') text.len--;
    if (text.len == 0) skipped[i / 64] |= UINT64_C(1) << (i % 64);
    if (!split_line(text, &line)) continue;
    fits[i / 64] |= UINT64_C(1) << (i % 64);
    for (uint32_t k = 0; k < wanted->count; k++) {
      plug_cell cell;
      const int32_t status = give((const syslog_plugin *)plugin, &line, wanted->of[k], block, &made, &cell);
      if (status < 0) return plug_fail(error, status, "there is no memory for the values of a line");
      if (status) plug_set_value(&columns[k], i, cell);
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
  syslog_plugin *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
