/* A filter, transform, exporter, parser, row filter and aggregator that works well, except that it attacks the host at
 * a line that contains POISON. The option `at` moves the attack to `run`, `init`, `new`, `serialize`, `merge` or
 * `finish`. */
#include <plughost/config.h>
#include <stdlib.h>
#include <string.h>

#include "attack.h"

PLUG_MANIFEST({
  "id" : "org.plughost.hostile",
  "name" : "hostile",
  "version" : "0.1.0",
  "description" : "Forges what it answers",
  "extensions" : [
    "plug.filter/1", "plug.transform/1", "plug.exporter/1", "plug.parser/1", "plug.row_filter/1", "plug.aggregator/1"
  ],
  "config" : {
    "type" : "object",
    "properties" : {
      "attack" : {"type" : "string", "default" : ""},
      "at" : {"type" : "string", "default" : "lines"},
      "seed" : {"type" : "string", "default" : "1"},
      "off" : {"type" : "boolean", "default" : false}
    },
    "additionalProperties" : false
  }
})

typedef struct hostile {
  plug_plugin plugin; /* first, so that a pointer to it is a pointer to the whole struct */
  char attack[64], at[16];
  uint64_t seed;
  int off;
} hostile;

static hostile *of(const plug_plugin *plugin) { return (hostile *)plugin; }

static void read_config(hostile *self, plug_bytes config) {
  char seed[32] = "";
  const struct {
    const char *key;
    char *to;
    uint64_t room;
  } texts[] = {
      {"attack", self->attack, sizeof self->attack}, {"at", self->at, sizeof self->at}, {"seed", seed, sizeof seed}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    uint64_t len = 0;
    if (plug_config_string(config, texts[i].key, (uint8_t *)texts[i].to, texts[i].room - 1, &len) == 1)
      texts[i].to[len] = 0;
  }
  plug_config_bool(config, "off", &self->off);
  self->seed = strtoull(seed, NULL, 10);
}

static void attack_in(hostile *self, const char *place, const plug_lines *lines, uint32_t line) {
  if (!self->attack[0] || strcmp(self->at, place) != 0) return;
  attack(&(scene){self->attack, self->off, self->seed, lines, line});
}

static int holds(plug_bytes line, const char *text) { return memmem(line.data, line.len, text, strlen(text)) != NULL; }

/* Returns line i. Makes the attack if the line is poisoned. */
static plug_bytes take_line(const plug_plugin *plugin, const plug_lines *lines, uint32_t i) {
  const plug_bytes line = {lines->block.data + lines->spans[i].offset, lines->spans[i].length};
  if (holds(line, "POISON")) attack_in(of(plugin), "lines", lines, i);
  return line;
}

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Hostile"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host, (void)error;
  read_config(of(plugin), config);
  attack_in(of(plugin), "init", NULL, 0);
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)ctx, (void)error;
  attack_in(of(plugin), "run", NULL, 0);
  return plug_put(out, "did its own job");
}

static void destroy(plug_plugin *plugin) { free(plugin); }

/* The filter keeps lines that hold "ERROR". */
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  (void)state;
  const plug_span all = {0, (uint32_t)len};
  const plug_lines lines = {sizeof lines, 1, &all, {data, len}, 0, 0, 0, NULL, NULL, NULL};
  return holds(take_line(plugin, &lines, 0), "ERROR");
}

static int32_t match_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint64_t *keep, plug_error *error) {
  (void)state, (void)ctx, (void)error;
  for (uint32_t i = 0; i < lines->count; i++)
    if (holds(take_line(plugin, lines, i), "ERROR")) keep[i / 64] |= UINT64_C(1) << i % 64;
  return PLUG_OK;
}

/* Its span is the first "ERROR". */
static int32_t spans(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes line, plug_sink *out,
                     plug_error *error) {
  (void)state, (void)ctx, (void)error;
  const plug_span all = {0, (uint32_t)line.len};
  const plug_lines lines = {sizeof lines, 1, &all, line, 0, 0, 0, NULL, NULL, NULL};
  if (holds(line, "POISON")) attack_in(of(plugin), "spans", &lines, 0);
  const uint8_t *const found = memmem(line.data, line.len, "ERROR", 5);
  return found ? plug_put_span(out, (uint64_t)(found - line.data), 5) : PLUG_OK;
}

/* The transform puts "[…]" around lines with "WARN". */
static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  (void)plugin, (void)state, (void)error;
  if (!holds((plug_bytes){data, len}, "WARN")) return PLUG_UNCHANGED;
  out->write(out, "[", 1);
  out->write(out, data, len);
  return out->write(out, "]\n", 2);
}

static int32_t transform_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                               uint32_t *lengths, plug_sink *out, plug_error *error) {
  (void)ctx;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_bytes line = take_line(plugin, lines, i);
    const int32_t status = transform(plugin, state, line.data, line.len, out, error);
    if (status == PLUG_OK) lengths[i] = (uint32_t)line.len + 3;
  }
  return PLUG_OK;
}

/* The exporter writes "(…)". */
static int32_t export_lines(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                            uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)state, (void)ctx, (void)error, (void)taken;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_bytes line = take_line(plugin, lines, i);
    out->write(out, "(", 1);
    out->write(out, line.data, line.len);
    out->write(out, ")\n", 2);
  }
  return PLUG_OK;
}

/* The parser has one column, the text of the line. */
static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *wanted, plug_error *error) {
  (void)plugin, (void)state;
  return wanted->count == 1 ? PLUG_OK : plug_fail(error, PLUG_ERROR_CONFIG, "it has one column");
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *made,
                     plug_error *error) {
  (void)state, (void)ctx, (void)skipped, (void)made, (void)error;
  for (uint32_t i = 0; i < lines->count; i++) {
    take_line(plugin, lines, i);
    fits[i / 64] |= UINT64_C(1) << i % 64;
    plug_set_value(&columns[0], i, (plug_cell){.text = lines->spans[i]});
  }
  return PLUG_OK;
}

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *to) {
  (void)plugin;
  to->name = "line";
  to->type = PLUG_TEXT;
  return index == 0;
}

/* The row filter keeps lines that hold "ERROR". */
static int32_t keep_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                         uint64_t *keep, plug_error *error) {
  return match_batch(plugin, state, ctx, rows->lines, keep, error);
}

/* The aggregator counts lines. */
typedef struct counts {
  uint32_t groups;
  uint64_t *of;
} counts;

static void *counts_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin, (void)error;
  return calloc(1, sizeof(counts));
}

static void counts_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free(((counts *)state)->of);
  free(state);
}

static uint64_t *count_of(counts *self, uint32_t group) {
  if (group >= self->groups) {
    self->of = realloc(self->of, (group + 1) * sizeof *self->of);
    if (!self->of) abort();
    memset(self->of + self->groups, 0, (group + 1 - self->groups) * sizeof *self->of);
    self->groups = group + 1;
  }
  return &self->of[group];
}

static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *to) {
  (void)plugin;
  to->name = "count";
  to->type = PLUG_INTEGER;
  return index == 0;
}

static int32_t update(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t groups, plug_error *error) {
  (void)ctx, (void)groups, (void)error;
  for (uint32_t i = 0; i < rows->count; i++) {
    take_line(plugin, rows->lines, i);
    ++*count_of(state, group[i]);
  }
  return PLUG_OK;
}

static int32_t serialize(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out, plug_error *error) {
  (void)error;
  attack_in(of(plugin), "serialize", NULL, 0);
  return out->write(out, count_of(state, group), sizeof(uint64_t));
}

static int32_t merge(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes, plug_error *error) {
  uint64_t other = 0;
  attack_in(of(plugin), "merge", NULL, 0);
  if (bytes.len != sizeof other) return plug_fail(error, PLUG_ERROR_INVALID, "no state");
  memcpy(&other, bytes.data, sizeof other);
  *count_of(state, group) += other;
  return PLUG_OK;
}

/* More than a run finishes where it was folded: so groups are made into bytes and merged however many threads have
 * some. */
static uint64_t memory(const plug_plugin *plugin, const void *state) {
  (void)plugin, (void)state;
  return 2 << 20;
}

static int32_t finish(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) {
  (void)ctx, (void)made, (void)error;
  attack_in(of(plugin), "finish", NULL, 0);
  for (uint32_t i = 0; i < count; i++)
    plug_set_value(outputs, i, (plug_cell){.integer = (int64_t)*count_of(state, first + i)});
  return PLUG_OK;
}

static const plug_row_filter row_filter = {
    .size = sizeof(plug_row_filter), .flags = PLUG_ROW_FILTER_LINEWISE, .column = field, .keep = keep_rows};
static const plug_aggregator aggregator = {.size = sizeof(plug_aggregator),
                                           .state_new = counts_new,
                                           .state_free = counts_free,
                                           .column = field,
                                           .output = output,
                                           .update = update,
                                           .serialize = serialize,
                                           .merge = merge,
                                           .finish = finish,
                                           .memory = memory};
static const plug_parser parser = {
    .size = sizeof(plug_parser), .flags = PLUG_PARSER_LINEWISE, .want = want, .parse = parse, .field = field};
static const plug_filter filter = {.size = sizeof(plug_filter),
                                   .flags = PLUG_FILTER_LINEWISE,
                                   .match = match,
                                   .match_batch = match_batch,
                                   .spans = spans};
static const plug_transform changes = {.size = sizeof(plug_transform),
                                       .flags = PLUG_TRANSFORM_LINEWISE,
                                       .transform = transform,
                                       .transform_batch = transform_batch};
static const plug_exporter exporter = {
    .size = sizeof(plug_exporter), .flags = PLUG_EXPORTER_ROWWISE, .write = export_lines};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  if (plug_same_id(id, PLUG_FILTER)) return &filter;
  if (plug_same_id(id, PLUG_TRANSFORM)) return &changes;
  if (plug_same_id(id, PLUG_PARSER)) return &parser;
  if (plug_same_id(id, PLUG_ROW_FILTER)) return &row_filter;
  if (plug_same_id(id, PLUG_AGGREGATOR)) return &aggregator;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  hostile *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  read_config(self, config_of_runner());
  attack_in(self, "new", NULL, 0);
  return &self->plugin;
}
