#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/made.h"
#include "../shared/masks.h"
#include "../shared/times.h"
#include "escapes.h"

PLUG_MANIFEST({
  "id" : "org.plughost.logfmt",
  "name" : "logfmt",
  "version" : "0.1.0",
  "description" : "Reads lines of keys and values, such as level=info msg=\"all is well\"",
  "license" : "MIT",
  "extensions" : ["plug.parser/1"],
  "config" : {"type" : "object", "properties" : {}, "additionalProperties" : false}
})

/* A column that is wanted. */
typedef struct wanted {
  const char *key;
  uint64_t length;
  uint64_t line; /* the last line that had the key, as reader.lines counts them */
  uint32_t type;
} wanted;

/* The state of a worker. */
typedef struct reader {
  wanted *columns;
  char *keys; /* memory of the keys */
  uint32_t count;
  uint64_t lengths; /* bit n % 64 is set if a key of n bytes is wanted */
  uint64_t lines;   /* that were read */
} reader;

/* What a call of parse gives its lines. */
typedef struct target {
  const uint8_t *block;
  const plug_column *columns;
  made_text made;
  plug_span yes; /* the text of a key without a value; empty: it is not made yet */
} target;

/* 64 bytes of a line, from `base` on. Bytes behind the line's end count as blanks. */
typedef struct window {
  const uint8_t *base, *end;
  uint64_t blank, quote, equals;
} window;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "logfmt"; }

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Reads lines of keys and values");
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
  free(((reader *)state)->keys);
  free(state);
}

/* Returns whether a text can be a key. */
static int is_key(const char *text) {
  if (!*text) return 0;
  for (; *text; text++)
    if ((uint8_t)*text <= ' ' || *text == '=' || *text == '"') return 0;
  return 1;
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *columns, plug_error *error) {
  (void)plugin;
  reader *self = state;
  size_t room = 1;
  for (uint32_t i = 0; i < columns->count; i++) {
    if (!is_key(columns->fields[i]->name))
      return plug_fail(error, PLUG_ERROR_CONFIG,
                       "no key of logfmt is empty, or has a blank, a quote or an equals sign");
    room += strlen(columns->fields[i]->name);
  }
  self->columns = calloc((size_t)columns->count + 1, sizeof *self->columns);
  self->keys = malloc(room);
  if (!self->columns || !self->keys) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  char *key = self->keys;
  for (uint32_t i = 0; i < columns->count; i++) {
    const plug_field *const asked = columns->fields[i];
    wanted *const column = &self->columns[i];
    column->key = key;
    column->length = strlen(asked->name);
    column->type = asked->type == PLUG_ANY ? PLUG_TEXT : asked->type;
    memcpy(key, asked->name, column->length);
    key += column->length;
    self->lengths |= UINT64_C(1) << (column->length % 64);
  }
  self->count = columns->count;
  return PLUG_OK;
}

/* Moves a window to the 64 bytes that begin at `at`, which is before its end. */
static void look(window *w, const uint8_t *at) {
  const bytes64 bytes = load64(at);
  const uint64_t left = (uint64_t)(w->end - at);
  w->base = at;
  w->blank = at_most64(&bytes, ' ') | (left < 64 ? UINT64_MAX << left : 0);
  w->quote = equal64(&bytes, '"');
  w->equals = equal64(&bytes, '=');
}

/* Returns the first byte of a class at or behind `at`: of the blanks, which the line's end belongs to, and of those
 * that are asked for. `in` says which: 0 blanks, 1 also quotes and equals signs. */
static inline const uint8_t *next_stop(window *w, const uint8_t *at, int in) {
  while (at < w->end) {
    if (at - w->base >= 64) look(w, at);
    const uint64_t class = w->blank | (in ? w->quote | w->equals : 0);
    const uint64_t bits = class >> (at - w->base);
    if (bits) return at + __builtin_ctzll(bits);
    at = w->base + 64;
  }
  return w->end;
}

/* Returns the first byte at or behind `at` that is no blank, or the line's end. */
static inline const uint8_t *skip_blanks(window *w, const uint8_t *at) {
  while (at < w->end) {
    if (at - w->base >= 64) look(w, at);
    const uint64_t bits = ~w->blank >> (at - w->base);
    if (bits) return at + __builtin_ctzll(bits);
    at = w->base + 64;
  }
  return w->end;
}

/* Returns the quote that ends a quoted value whose first byte is `at`, or the line's end if there is none. */
static const uint8_t *closing_quote(window *w, const uint8_t *at) {
  const uint8_t *const begin = at;
  while (at < w->end) {
    if (at - w->base >= 64) look(w, at);
    const uint64_t bits = w->quote >> (at - w->base);
    if (!bits) {
      at = w->base + 64;
      continue;
    }
    at += __builtin_ctzll(bits);
    if (at >= w->end) break;
    const uint8_t *slash = at;
    while (slash > begin && slash[-1] == '\\') slash--;
    if ((at - slash) % 2 == 0) return at;
    at++;
  }
  return w->end;
}

/* Gives a row the value of a key that has none: true. */
static int32_t give_true(target *to, uint32_t type, uint32_t column, uint32_t row) {
  plug_cell cell = {.integer = 1};
  if (type == PLUG_TEXT) {
    const int32_t status = to->yes.length > 0 ? PLUG_OK : make_text(&to->made, "true", 4, &to->yes);
    if (status != PLUG_OK) return status;
    cell.text = to->yes;
  } else if (type != PLUG_BOOLEAN) {
    return PLUG_OK;
  }
  plug_set_value(&to->columns[column], row, cell);
  return PLUG_OK;
}

/* Gives a row a value, whose escapes are resolved if it is quoted. */
static int32_t give_value(target *to, uint32_t type, uint32_t column, uint32_t row, plug_bytes value, int quoted) {
  plug_cell cell;
  if (quoted && memchr(value.data, '\\', value.len)) {
    uint8_t *const room = make_room(&to->made, value.len);
    if (!room) return PLUG_ERROR_NOMEM;
    const uint64_t length = resolve_escapes(value.data, value.data + value.len, room);
    if (type == PLUG_TEXT) {
      const int32_t status = end_text(&to->made, length, &cell.text);
      if (status != PLUG_OK) return status;
    } else if (!to_value(type, (plug_bytes){room, length}, &cell)) {
      return PLUG_OK;
    }
  } else if (type == PLUG_TEXT) {
    cell.text = (plug_span){(uint32_t)(value.data - to->block), (uint32_t)value.len};
  } else if (!to_value(type, value, &cell)) {
    return PLUG_OK;
  }
  plug_set_value(&to->columns[column], row, cell);
  return PLUG_OK;
}

/* Gives a row the value of a key, if it is wanted and the first of this name; `value.data` is null if it has none. */
static int32_t give(reader *self, target *to, uint32_t row, plug_bytes key, plug_bytes value, int quoted) {
  if (!(self->lengths >> (key.len % 64) & 1)) return PLUG_OK;
  for (uint32_t i = 0; i < self->count; i++) {
    wanted *const column = &self->columns[i];
    if (column->length != key.len || column->line == self->lines || memcmp(column->key, key.data, key.len) != 0)
      continue;
    column->line = self->lines;
    const int32_t status =
        value.data ? give_value(to, column->type, i, row, value, quoted) : give_true(to, column->type, i, row);
    if (status != PLUG_OK) return status;
  }
  return PLUG_OK;
}

/* What read_line returns for a line of blanks alone. */
enum { SKIPPED = 2 };

/* Reads a line. Returns 1 if it has the format, which the columns that are wanted do not change, 0 if not, SKIPPED, or
 * an error:
 *   KEY=VALUE KEY="VALUE" KEY
 * with blanks between them. The first one has a value, which keeps out sentences. A value without quotes ends at a
 * blank. */
static int32_t read_line(reader *self, target *to, uint32_t row, plug_span line) {
  const uint8_t *at = to->block + line.offset;
  window w = {.base = at, .end = at + line.length};
  if (line.length == 0) return SKIPPED;
  self->lines++;
  look(&w, at);
  int fits = 0; /* whether the first key is behind */
  at = skip_blanks(&w, at);
  if (at == w.end) return SKIPPED;
  for (; at < w.end; at = skip_blanks(&w, at)) {
    const uint8_t *next = next_stop(&w, at, 1);
    const plug_bytes key = {at, (uint64_t)(next - at)};
    plug_bytes value = {NULL, 0};
    int quoted = 0;
    if (next<w.end && * next> ' ') {
      if (*next == '"' || next == at) return 0;
      at = next + 1;
      quoted = at < w.end && *at == '"';
      if (quoted) {
        next = closing_quote(&w, ++at);
        if (next == w.end) return 0;
        value = (plug_bytes){at, (uint64_t)(next++ - at)};
        if (next<w.end && * next> ' ') return 0;
      } else {
        next = next_stop(&w, at, 0);
        value = (plug_bytes){at, (uint64_t)(next - at)};
      }
    } else if (!fits) {
      return 0;
    }
    fits = 1;
    const int32_t status = give(self, to, row, key, value, quoted);
    if (status != PLUG_OK) return status;
    at = next;
  }
  return fits;
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *made,
                     plug_error *error) {
  (void)plugin;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  reader *self = state;
  target to = {.block = lines->block.data, .columns = columns, .made = {made, lines->block.len, 0}};
  for (uint32_t i = 0; i < lines->count; i++) {
    const int32_t status = read_line(self, &to, i, lines->spans[i]);
    if (status < 0) return plug_fail(error, status, "there is no memory for the values of a line");
    const uint64_t bit = UINT64_C(1) << (i % 64);
    if (status) {
      (status == SKIPPED ? skipped : fits)[i / 64] |= bit;
      continue;
    }
    /* What comes late in a line may be wrong. */
    for (uint32_t k = 0; k < self->count; k++) columns[k].valid[i / 64] &= ~bit;
  }
  return PLUG_OK;
}

static const plug_parser parser = {.size = sizeof(plug_parser),
                                   .flags = PLUG_PARSER_LINEWISE | PLUG_PARSER_OPEN,
                                   .state_new = state_new,
                                   .state_free = state_free,
                                   .want = want,
                                   .parse = parse};

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
