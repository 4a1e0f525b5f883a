#if defined(__linux__)
#define _GNU_SOURCE /* memrchr */
#endif
#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "search/finder.h"

PLUG_MANIFEST({
  "id" : "org.plughost.contains",
  "name" : "contains",
  "version" : "0.1.0",
  "description" : "Keeps the lines that contain a text",
  "license" : "MIT",
  "extensions" : ["plug.filter/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "text" : {
        "type" : "string",
        "format" : "bytes",
        "description" : "The text, as it stands; the empty one is in every line"
      },
      "ignoreCase" : {"type" : "boolean", "default" : false, "description" : "ASCII letters match in either case"}
    },
    "required" : ["text"],
    "additionalProperties" : false
  }
})

typedef struct contains {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  uint8_t *text;
  uint64_t len;
  finder finder;
} contains;

static const contains *of(const plug_plugin *plugin) { return (const contains *)plugin; }

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Contains"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  contains *self = (contains *)plugin;
  int fold = 0;
  /* The text is shorter than the configuration. The memory after it holds its mask. */
  const uint64_t room = config.len + 1;
  self->text = malloc(2 * room);
  if (!self->text) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the text");
  if (plug_config_string(config, "text", self->text, room, &self->len) != 1)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"text\" is not a string");
  if (plug_config_bool(config, "ignoreCase", &fold) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"ignoreCase\" is neither true nor false");
  if (memchr(self->text, '\n', self->len))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"text\" has a newline in it, which no line can contain");
  if (self->len > 0) finder_init(&self->finder, self->text, self->text + room, self->len, fold);
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)ctx, (void)error;
  const contains *self = of(plugin);
  const int32_t status = plug_put(out, "Keeps the lines that contain ");
  return status < 0 ? status : out->write(out, self->text, self->len);
}

static void destroy(plug_plugin *plugin) {
  free(((contains *)plugin)->text);
  free(plugin);
}

/* Returns the next line that holds the text, or null. */
static const uint8_t *find(const contains *self, const uint8_t *data, uint64_t len) {
  return self->len == 0 ? data : self->finder.find(&self->finder, data, (size_t)len);
}

static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  (void)state;
  const contains *self = of(plugin);
  return self->len == 0 || find(self, data, len) != NULL;
}

static uint32_t end_of(plug_span line) { return line.offset + line.length; }

/* Searches lines that follow each other directly as one range, which costs little more than a scan. */
static int32_t match_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint64_t *keep, plug_error *error) {
  (void)state, (void)error;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const contains *self = of(plugin);
  const uint8_t *const block = lines->block.data;
  const plug_span *const spans = lines->spans;
  for (uint32_t i = 0, last; i < lines->count; i = last + 1) {
    for (last = i; last + 1 < lines->count && spans[last + 1].offset == end_of(spans[last]) + 1;) last++;
    const uint8_t *hit;
    while (i <= last && (hit = find(self, block + spans[i].offset, end_of(spans[last]) - spans[i].offset))) {
      while (end_of(spans[i]) < hit - block) i++;
      keep[i / 64] |= UINT64_C(1) << i % 64;
      i++;
    }
  }
  return PLUG_OK;
}

/* Returns the start of the line that holds `at`, at least `from`. */
static const uint8_t *line_start(const uint8_t *from, const uint8_t *at) {
#if defined(__linux__)
  const uint8_t *newline = memrchr(from, '\n', (size_t)(at - from));
  return newline ? newline + 1 : from;
#else
  while (at > from && at[-1] != '\n') at--;
  return at;
#endif
}

static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  (void)state, (void)error;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const contains *self = of(plugin);
  const uint8_t *const end = block.data + block.len;
  const uint8_t *at = block.data + *cursor;
  uint32_t found = 0;
  while (at < end && found < cap) {
    const uint8_t *hit = find(self, at, (uint64_t)(end - at));
    if (!hit) {
      at = end;
      break;
    }
    const uint8_t *const start = line_start(at, hit);
    const uint8_t *const newline = memchr(hit, '\n', (size_t)(end - hit));
    const uint8_t *const stop = newline ? newline : end;
    spans[found++] = (plug_span){(uint32_t)(start - block.data), (uint32_t)(stop - start)};
    at = newline ? newline + 1 : end;
  }
  *cursor = (uint64_t)(at - block.data);
  return found;
}

/* The empty text matches at every position, also at the end. */
static int32_t spans(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes line, plug_sink *out,
                     plug_error *error) {
  (void)state, (void)error;
  const contains *self = of(plugin);
  const uint64_t step = self->len > 0 ? self->len : 1;
  int32_t status = PLUG_OK;
  for (uint64_t at = 0; status == PLUG_OK && at + self->len <= line.len; at += step) {
    if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
    if (self->len > 0) {
      const uint8_t *const hit = find(self, line.data + at, line.len - at);
      if (!hit) break;
      at = (uint64_t)(hit - line.data);
    }
    status = plug_put_span(out, at, self->len);
  }
  return status;
}

static const plug_filter filter = {.size = sizeof(plug_filter),
                                   .flags = PLUG_FILTER_LINEWISE,
                                   .match = match,
                                   .match_batch = match_batch,
                                   .scan = scan,
                                   .spans = spans};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_FILTER) ? &filter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  contains *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
