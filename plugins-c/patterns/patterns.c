#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../shared/rows.h"
#include "matcher.h"

PLUG_MANIFEST({
  "id" : "org.plughost.patterns",
  "name" : "patterns",
  "version" : "0.1.0",
  "description" :
      "Keeps the lines in which one of many patterns matches, all searched for at once; as a transform it says which",
  "license" : "MIT",
  "extensions" : [ "plug.filter/1", "plug.transform/1" ],
  "config" : {
    "type" : "object",
    "properties" : {
      "patterns" : {
        "type" : "array",
        "items" : {"type" : "string"},
        "description" : "Regular expressions, in the syntax of Hyperscan"
      },
      "patternsFile" : {"type" : "string", "description" : "A file with further patterns, one a line"},
      "ignoreCase" : {"type" : "boolean", "default" : false, "description" : "Letters match in either case"},
      "literal" : {"type" : "boolean", "default" : false, "description" : "The patterns are texts as they stand"},
      "wholeWord" : {
        "type" : "boolean",
        "default" : false,
        "description" : "A match begins and ends where a word of ASCII letters, digits and _ may"
      },
      "unicode" : {
        "type" : "boolean",
        "default" : true,
        "description" : "A pattern is about characters, and letter case follows Unicode; otherwise bytes and ASCII"
      }
    },
    "additionalProperties" : false
  }
})

typedef struct patterns {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  pattern_list list;
  matcher matcher;
} patterns;

static const patterns *of(const plug_plugin *plugin) { return (const patterns *)plugin; }

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Patterns"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  patterns *self = (patterns *)plugin;
  pattern_style style = {.unicode = 1};
  const struct {
    const char *name;
    int *value;
  } options[] = {{"ignoreCase", &style.ignore_case},
                 {"literal", &style.literal},
                 {"wholeWord", &style.whole_word},
                 {"unicode", &style.unicode}};
  for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
    if (plug_config_bool(config, options[i].name, options[i].value) >= 0) continue;
    char message[PLUG_ERROR_MESSAGE_MAX];
    snprintf(message, sizeof message, "the option \"%s\" is neither true nor false", options[i].name);
    return plug_fail(error, PLUG_ERROR_CONFIG, message);
  }
  const int32_t status = pattern_list_read(&self->list, config, error);
  return status < 0 ? status : matcher_init(&self->matcher, &self->list, &style, error);
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)ctx, (void)error;
  char text[80];
  const uint32_t count = of(plugin)->list.count;
  snprintf(text, sizeof text, "Keeps the lines that match %s%u pattern%s", count == 1 ? "" : "one of ", count,
           count == 1 ? "" : "s");
  return plug_put(out, text);
}

static void destroy(plug_plugin *plugin) {
  patterns *self = (patterns *)plugin;
  matcher_free(&self->matcher);
  pattern_list_free(&self->list);
  free(self);
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  searcher *state = searcher_new(&of(plugin)->matcher);
  if (!state) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a worker's search");
  return state;
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  searcher_free(state);
}

static int32_t fail_search(int64_t status, plug_error *error) {
  return plug_fail(error, (int32_t)status,
                   status == PLUG_ERROR_NOMEM ? "there is no memory to search a line" : "Hyperscan failed");
}

static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  (void)plugin;
  return search_line(state, data, (size_t)len);
}

static uint64_t end_of(plug_span line) { return (uint64_t)line.offset + line.length; }

/* Returns the end of the piece at line `first`: lines that follow each other directly, with their newlines. */
static uint32_t run_end(const plug_lines *lines, uint32_t first) {
  const plug_span *const spans = lines->spans;
  uint32_t next = first + 1;
  while (next < lines->count && spans[next].offset == end_of(spans[next - 1]) + 1 &&
         end_of(spans[next]) < lines->block.len && end_of(spans[next]) - spans[first].offset < PIECE)
    next++;
  return next;
}

static int32_t match_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint64_t *keep, plug_error *error) {
  (void)plugin;
  const plug_span *const spans = lines->spans;
  for (uint32_t i = 0, next; i < lines->count; i = next) {
    if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
    next = run_end(lines, i);
    const uint8_t *const data = lines->block.data + spans[i].offset;
    if (next == i + 1) {
      const int32_t kept = search_line(state, data, spans[i].length);
      if (kept < 0) return fail_search(kept, error);
      keep[i / 64] |= (uint64_t)kept << i % 64;
      continue;
    }
    const uint32_t from = spans[i].offset;
    const plug_span *found;
    const int64_t count = search_piece(state, data, (size_t)(end_of(spans[next - 1]) + 1 - from), &found);
    if (count < 0) return fail_search(count, error);
    for (int64_t hit = 0; hit < count; hit++, i++) {
      while (spans[i].offset - from != found[hit].offset) i++;
      keep[i / 64] |= UINT64_C(1) << i % 64;
    }
  }
  return PLUG_OK;
}

static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  (void)plugin;
  uint32_t kept = 0;
  while (*cursor < block.len && kept < cap) {
    if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
    const uint64_t from = *cursor;
    const uint8_t *const data = block.data + from;
    const size_t len = piece_end(data, (size_t)(block.len - from));
    const plug_span *found;
    const int64_t count = search_piece(state, data, len, &found);
    if (count < 0) return fail_search(count, error);
    int64_t hit = 0;
    for (; hit < count && kept < cap; hit++)
      spans[kept++] = (plug_span){(uint32_t)(from + found[hit].offset), found[hit].length};
    /* Lines without room in the result are searched again in the next call. */
    *cursor = hit < count ? from + end_of(found[hit - 1]) + 1 : from + len;
  }
  return kept;
}

static int32_t spans(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes line, plug_sink *out,
                     plug_error *error) {
  (void)plugin;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const int32_t status = search_line_for_places(state, line.data, (size_t)line.len, out);
  return status < 0 ? fail_search(status, error) : PLUG_OK;
}

/* Writes the numbers of the matching patterns, then the line. */
static int32_t put_tagged(const plug_plugin *plugin, searcher *state, const uint8_t *data, size_t len, plug_sink *out,
                          uint32_t *written, plug_error *error) {
  (void)plugin;
  const uint32_t *which;
  const int64_t count = search_line_for_all(state, data, len, &which);
  if (count < 0) return fail_search(count, error);
  *written = 0;
  if (count == 0) return PLUG_OK;
  const uint64_t room = (uint64_t)count * (DECIMAL_MAX + 1) + len + 1;
  uint8_t *const begin = out->reserve(out, room);
  if (!begin) return plug_fail(error, PLUG_ERROR_AGAIN, "there is no room for a line");
  uint8_t *to = begin;
  for (int64_t i = 0; i < count; i++) {
    to = put_decimal(to, (uint64_t)which[i] + 1);
    *to++ = i + 1 < count ? ',' : '\t';
  }
  if (len > 0) memcpy(to, data, len);
  to += len;
  *to++ = '\n';
  *written = (uint32_t)(to - begin);
  return out->commit(out, (uint64_t)(to - begin));
}

static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  uint32_t written;
  return put_tagged(plugin, state, data, (size_t)len, out, &written, error);
}

/* Finds the matching lines first, like the filter, and then the patterns of only those lines. */
static int32_t transform_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                               uint32_t *lengths, plug_sink *out, plug_error *error) {
  uint64_t *const keep = calloc(lines->count / 64 + 1, sizeof *keep);
  if (!keep) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a batch");
  int32_t status = match_batch(plugin, state, ctx, lines, keep, error);
  for (uint32_t i = 0; status == PLUG_OK && i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    lengths[i] = 0;
    if (keep[i / 64] >> i % 64 & 1)
      status = put_tagged(plugin, state, lines->block.data + line.offset, line.length, out, &lengths[i], error);
  }
  free(keep);
  return status;
}

static const plug_filter filter = {.size = sizeof(plug_filter),
                                   .flags = PLUG_FILTER_LINEWISE,
                                   .state_new = state_new,
                                   .state_free = state_free,
                                   .match = match,
                                   .match_batch = match_batch,
                                   .scan = scan,
                                   .spans = spans};

static const plug_transform tagging = {.size = sizeof(plug_transform),
                                       .flags = PLUG_TRANSFORM_LINEWISE,
                                       .state_new = state_new,
                                       .state_free = state_free,
                                       .transform = transform,
                                       .transform_batch = transform_batch};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  if (plug_same_id(id, PLUG_FILTER)) return &filter;
  return plug_same_id(id, PLUG_TRANSFORM) ? &tagging : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  patterns *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
