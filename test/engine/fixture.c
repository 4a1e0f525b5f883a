/* A filter, a transform and an exporter for the engine's tests. The filter keeps a line if the sum of its bytes is
 * divisible by `modulus` and the line contains one of `literals`, if there are any. The transform changes a line by
 * that sum. The exporter writes a frame around the lines. `fault` names a rule of the contract that the plugin breaks.
 */
#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUG_MANIFEST({
  "id" : "org.plughost.test.engine",
  "name" : "engine-fixture",
  "version" : "0.1.0",
  "extensions" : [ "plug.filter/1", "plug.exporter/1", "plug.transform/1" ],
  "config" : {
    "type" : "object",
    "properties" : {
      "modulus" : {"type" : "string", "default" : "3"},
      "fault" : {"type" : "string", "default" : ""},
      "literals" : {"type" : "array", "items" : {"type" : "string"}, "default" : []},
      "ordered" : {"type" : "boolean", "default" : false},
      "rowwise" : {"type" : "boolean", "default" : false}
    },
    "additionalProperties" : false
  }
})

typedef struct fixture {
  plug_plugin plugin; /* first, so that a pointer to it is one to the fixture */
  plug_filter filter;
  plug_exporter exporter;
  plug_transform transform;
  unsigned modulus;
  char fault[32];
  plug_bytes literals[32];
  uint32_t literal_count;
  uint8_t literal_text[4096];
} fixture;

/* The state of one worker. Counting in it shows that states are not shared, and that an ordered state gets every line.
 */
typedef struct state {
  uint64_t calls;
  uint64_t lines;
} state;

static const fixture *of(const plug_plugin *plugin) { return (const fixture *)plugin; }

static int fault_is(const plug_plugin *plugin, const char *fault) { return plug_same_id(of(plugin)->fault, fault); }

/* Returns the status for a call: 7 for `match_batch` if `fault` is "match_batch=7", else `otherwise`. */
static int status_of(const plug_plugin *plugin, const char *call, int otherwise) {
  const char *fault = of(plugin)->fault;
  const size_t len = strlen(call);
  return strncmp(fault, call, len) == 0 && fault[len] == '=' ? atoi(fault + len + 1) : otherwise;
}

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Fixture"; }

static int add_literal(void *context, const uint8_t *text, uint64_t len) {
  fixture *self = context;
  if (self->literal_count == 32) return 0;
  self->literals[self->literal_count++] = (plug_bytes){text, len};
  return 1;
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  fixture *self = (fixture *)plugin;
  char modulus[8] = "";
  uint64_t len = 0;
  int ordered = 0, rowwise = 0;
  if (plug_config_string(config, "modulus", (uint8_t *)modulus, sizeof modulus - 1, &len) < 0 ||
      plug_config_string(config, "fault", (uint8_t *)self->fault, sizeof self->fault - 1, &len) < 0 ||
      plug_config_strings(config, "literals", self->literal_text, sizeof self->literal_text, add_literal, self) < 0 ||
      plug_config_bool(config, "ordered", &ordered) < 0 || plug_config_bool(config, "rowwise", &rowwise) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "an option is of the wrong type");
  self->modulus = (unsigned)atoi(modulus);
  if (ordered) {
    self->filter.flags = PLUG_FILTER_ORDERED;
    self->transform.flags = PLUG_TRANSFORM_ORDERED;
  }
  if (rowwise) self->exporter.flags = PLUG_EXPORTER_ROWWISE;
  return status_of(plugin, "init", PLUG_OK);
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)ctx, (void)error, status_of(plugin, "run", plug_put(out, "fixture"));
}

static void destroy(plug_plugin *plugin) { free(plugin); }

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  if (fault_is(plugin, "no-state")) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no state"), NULL;
  const int status = status_of(plugin, "state_new", -1000);
  if (status != -1000) return error->code = status, NULL;
  return calloc(1, sizeof(state));
}

static void state_free(const plug_plugin *plugin, void *state) {
  /* The engine must not call state_free after a panic. */
  if (fault_is(plugin, "panic")) abort();
  free(state);
}

static unsigned sum_of(const uint8_t *data, uint64_t len) {
  unsigned sum = 0;
  for (uint64_t i = 0; i < len; i++) sum += data[i];
  return sum;
}

static int holds(const uint8_t *data, uint64_t len, plug_bytes text) {
  for (uint64_t i = 0; i + text.len <= len; i++)
    if (memcmp(data + i, text.data, text.len) == 0) return 1;
  return 0;
}

static int kept(const plug_plugin *plugin, const uint8_t *data, uint64_t len) {
  int found = of(plugin)->literal_count == 0;
  for (uint32_t i = 0; i < of(plugin)->literal_count && !found; i++) found = holds(data, len, of(plugin)->literals[i]);
  return found && sum_of(data, len) % of(plugin)->modulus == 0;
}

static int32_t literal(const plug_plugin *plugin, uint32_t index, plug_bytes *text) {
  if (fault_is(plugin, "literal-error")) return PLUG_ERROR_IO;
  if (index >= of(plugin)->literal_count) return status_of(plugin, "literal", 0);
  *text = of(plugin)->literals[index];
  if (fault_is(plugin, "literal-long")) text->len = PLUG_LITERAL_MAX + 1;
  if (fault_is(plugin, "literal-wild")) text->data = (const uint8_t *)16;
  return 1;
}

static int32_t match(const plug_plugin *plugin, void *state_, const uint8_t *data, uint64_t len) {
  state *mine = state_;
  mine->calls++;
  if (fault_is(plugin, "match-error")) return PLUG_ERROR_IO;
  return status_of(plugin, "match", kept(plugin, data, len));
}

static int32_t match_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint64_t *keep, plug_error *error) {
  (void)state;
  if (fault_is(plugin, "batch-cancelled")) return PLUG_ERROR_CANCELLED;
  if (fault_is(plugin, "panic")) return plug_fail(error, PLUG_ERROR_PANIC, "it broke");
  /* Sets the bits after the last line, which the engine must ignore. */
  if (fault_is(plugin, "batch-bits"))
    keep[(lines->count - 1) / 64] |= lines->count % 64 ? ~UINT64_C(0) << lines->count % 64 : 0;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    const uint8_t *data = lines->block.data + line.offset;
    if (fault_is(plugin, "batch-error") && line.length >= 5 && memcmp(data, "ERROR", 5) == 0) {
      plug_fail(error, PLUG_ERROR_INTERNAL, "the line says\n\x1b[31mERROR");
      error->offset = line.offset;
      return error->code;
    }
    if (kept(plugin, data, line.length)) keep[i / 64] |= UINT64_C(1) << i % 64;
  }
  while (fault_is(plugin, "hang"))
    if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  return status_of(plugin, "match_batch", PLUG_OK);
}

static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  (void)state, (void)ctx, (void)error;
  const uint64_t from = *cursor;
  uint64_t at = from;
  uint32_t found = 0;
  while (at < block.len && found < cap) {
    const uint8_t *newline = memchr(block.data + at, '\n', block.len - at);
    const uint64_t end = newline ? (uint64_t)(newline - block.data) : block.len;
    if (kept(plugin, block.data + at, end - at)) spans[found++] = (plug_span){(uint32_t)at, (uint32_t)(end - at)};
    at = newline ? end + 1 : end;
  }
  *cursor = at;
  if (fault_is(plugin, "")) return found;
  const int status = status_of(plugin, "scan", 0);
  if (status != 0) return status;

  const uint8_t *newline = memchr(block.data + from, '\n', block.len - from);
  const uint32_t first = (uint32_t)(newline ? newline - block.data - (ptrdiff_t)from : (ptrdiff_t)(block.len - from));
  const uint32_t start = (uint32_t)from;
  if (fault_is(plugin, "too-many")) return (int64_t)cap + 1;
  if (fault_is(plugin, "stuck")) return *cursor = from, 0;
  if (fault_is(plugin, "beyond")) return *cursor = block.len + 1, 0;
  if (fault_is(plugin, "inside-line")) return *cursor = from + 1, 0;
  if (fault_is(plugin, "same-twice")) return spans[0] = spans[1] = (plug_span){start, first}, 2;
  if (fault_is(plugin, "part-of-line")) return spans[0] = (plug_span){start, first - 1}, 1;
  if (fault_is(plugin, "middle-of-line")) return spans[0] = (plug_span){start + 1, first - 1}, 1;
  if (fault_is(plugin, "two-lines")) return spans[0] = (plug_span){start, (uint32_t)(block.len - from - 1)}, 1;
  if (fault_is(plugin, "outside")) return spans[0] = (plug_span){start, UINT32_MAX}, 1;
  if (fault_is(plugin, "behind-end")) return spans[0] = (plug_span){(uint32_t)block.len, 0}, 1;
  if (fault_is(plugin, "beyond-cursor")) {
    *cursor = from + first + 1;
    newline = memchr(block.data + *cursor, '\n', block.len - *cursor);
    spans[0] = (plug_span){(uint32_t)*cursor, (uint32_t)(newline - block.data - (ptrdiff_t)*cursor)};
    return 1;
  }
  if (fault_is(plugin, "empty-at-cursor"))
    return *cursor = from + first + 1, spans[0] = (plug_span){(uint32_t)*cursor, 0}, 1;
  return PLUG_ERROR_INVALID;
}

static int32_t begin(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)state, (void)ctx, (void)error;
  return status_of(plugin, "begin", plug_put(out, "begin\n"));
}

static int32_t write(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)ctx, (void)error;
  state *mine = state_;
  if (fault_is(plugin, "again-none")) return *taken = 0, PLUG_ERROR_AGAIN;
  if (fault_is(plugin, "took-few")) return *taken = 0, PLUG_OK;
  const int again = fault_is(plugin, "again") && lines->count > 1;
  const uint32_t count = again ? (lines->count + 1) / 2 : lines->count;
  for (uint32_t i = 0; i < count; i++) {
    const plug_span line = lines->spans[i];
    char head[64];
    mine->lines++;
    /* Numbers the lines if one state gets all of them, else writes their offsets. */
    const int length = of(plugin)->exporter.flags & PLUG_EXPORTER_ROWWISE
                           ? snprintf(head, sizeof head, "%llu:", (unsigned long long)plug_line_offset(lines, i))
                           : snprintf(head, sizeof head, "%llu:", (unsigned long long)mine->lines);
    out->write(out, head, (uint64_t)length);
    out->write(out, lines->block.data + line.offset, line.length);
    out->write(out, "\n", 1);
  }
  *taken = count;
  return status_of(plugin, "write", again ? PLUG_ERROR_AGAIN : PLUG_OK);
}

static int32_t end(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)state_, (void)ctx, (void)error;
  return status_of(plugin, "end", plug_put(out, "end\n"));
}

static void put_line(plug_sink *out, const char *before, const uint8_t *data, uint64_t len) {
  plug_put(out, before);
  out->write(out, data, len);
  plug_put(out, "\n");
}

/* Keeps, drops, changes or replaces a line by three lines, depending on its bytes. With `ordered` it numbers all lines,
 * for which one state must get all of them. */
static int32_t change(const plug_plugin *plugin, state *mine, const uint8_t *data, uint64_t len, plug_sink *out) {
  if (of(plugin)->transform.flags & PLUG_TRANSFORM_ORDERED) {
    char head[32];
    snprintf(head, sizeof head, "%llu ", (unsigned long long)++mine->lines);
    return put_line(out, head, data, len), PLUG_OK;
  }
  switch (sum_of(data, len) % 4) {
    case 0:
      return PLUG_UNCHANGED;
    case 1:
      return PLUG_OK;
    case 2:
      return put_line(out, "*", data, len), PLUG_OK;
    default:
      put_line(out, "1", data, len);
      plug_put(out, "\n");
      return put_line(out, "3", data, len), PLUG_OK;
  }
}

/* Returns the offset of ERROR in a line, or -1. */
static int64_t error_in(const uint8_t *data, uint64_t len) {
  for (uint64_t at = 0; at + 5 <= len; at++)
    if (memcmp(data + at, "ERROR", 5) == 0) return (int64_t)at;
  return -1;
}

static int32_t transform(const plug_plugin *plugin, void *state_, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  if (fault_is(plugin, "change-unchanged")) return plug_put(out, "x\n"), PLUG_UNCHANGED;
  if (fault_is(plugin, "change-unended")) return plug_put(out, "x"), PLUG_OK;
  if (fault_is(plugin, "change-cancelled")) return PLUG_ERROR_CANCELLED;
  if (fault_is(plugin, "change-error") && error_in(data, len) >= 0) {
    plug_fail(error, PLUG_ERROR_INTERNAL, "the line says ERROR");
    error->offset = (uint64_t)error_in(data, len);
    return error->code;
  }
  const int status = status_of(plugin, "transform", PLUG_OK);
  return status == PLUG_OK ? change(plugin, state_, data, len, out) : status;
}

/* A sink that forwards to another one and counts the bytes. */
typedef struct counting {
  plug_sink sink;
  plug_sink *to;
  uint64_t written;
} counting;

static int32_t count_write(plug_sink *sink, const void *data, uint64_t len) {
  counting *self = sink->self;
  self->written += len;
  return self->to->write(self->to, data, len);
}

static int32_t transform_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                               uint32_t *lengths, plug_sink *out, plug_error *error) {
  if (fault_is(plugin, "change-cancelled")) return PLUG_ERROR_CANCELLED;
  if (fault_is(plugin, "panic")) return plug_fail(error, PLUG_ERROR_PANIC, "it broke");
  if (fault_is(plugin, "change-unended")) return lengths[0] = 1, plug_put(out, "x");
  if (fault_is(plugin, "change-more")) return lengths[0] = 3, plug_put(out, "x\n");
  if (fault_is(plugin, "change-less")) return lengths[0] = 2, plug_put(out, "x\nx\n");
  if (fault_is(plugin, "change-none")) return plug_put(out, "x\n");
  if (fault_is(plugin, "change-huge")) {
    /* Ignores the errors of the sink. */
    static const char line[1 << 16] = {[(1 << 16) - 1] = '\n'};
    for (int i = 0; i < 1 << 12; i++) out->write(out, line, sizeof line);
    return lengths[0] = sizeof line, PLUG_OK;
  }
  /* Writes to memory of the host that the contract makes const. */
  for (uint32_t i = 0; fault_is(plugin, "change-origins") && lines->origins && i < lines->count; i++)
    ((uint64_t *)lines->origins)[i] = lines->block_offset + lines->count - i;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    const uint8_t *data = lines->block.data + line.offset;
    if (fault_is(plugin, "change-error") && error_in(data, line.length) >= 0) {
      plug_fail(error, PLUG_ERROR_INTERNAL, "the line says ERROR");
      error->offset = line.offset + (uint64_t)error_in(data, line.length);
      return error->code;
    }
    counting counted = {.sink = {.size = sizeof(plug_sink), .self = &counted, .write = count_write}, .to = out};
    if (change(plugin, state, data, line.length, &counted.sink) == PLUG_OK) lengths[i] = (uint32_t)counted.written;
  }
  while (fault_is(plugin, "hang"))
    if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  return status_of(plugin, "transform_batch", PLUG_OK);
}

static const void *extension(const plug_plugin *plugin, const char *id) {
  if (plug_same_id(id, PLUG_FILTER)) return &of(plugin)->filter;
  if (plug_same_id(id, PLUG_TRANSFORM)) return &of(plugin)->transform;
  return plug_same_id(id, PLUG_EXPORTER) ? &of(plugin)->exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  fixture *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  self->filter = (plug_filter){.size = sizeof(plug_filter),
                               .flags = PLUG_FILTER_LINEWISE,
                               .state_new = state_new,
                               .state_free = state_free,
                               .match = match,
                               .match_batch = match_batch,
                               .scan = scan,
                               .literal = literal};
  self->exporter = (plug_exporter){.size = sizeof(plug_exporter),
                                   .state_new = state_new,
                                   .state_free = state_free,
                                   .begin = begin,
                                   .write = write,
                                   .end = end};
  self->transform = (plug_transform){.size = sizeof(plug_transform),
                                     .flags = PLUG_TRANSFORM_LINEWISE,
                                     .state_new = state_new,
                                     .state_free = state_free,
                                     .transform = transform,
                                     .transform_batch = transform_batch};
  return &self->plugin;
}
