#include <plughost/plughost.h>

#include "../shared/column_option.h"
#include "../shared/groups.h"
#include "../shared/varint.h"
#include "histogram.h"

PLUG_MANIFEST({
  "id" : "org.plughost.quantiles",
  "name" : "quantiles",
  "version" : "0.1.0",
  "description" : "Median, percentiles and other quantiles of a column, within 0.8 %",
  "license" : "MIT",
  "extensions" : ["plug.aggregator/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "of" : {"type" : "string", "minLength" : 1, "description" : "The column"},
      "at" : {
        "type" : "string",
        "default" : "50,90,99",
        "description" : "Percentages from 0 to 100, with commas between them"
      }
    },
    "required" : ["of"],
    "additionalProperties" : false
  }
})

enum {
  MOST_QUANTILES = 100,
  QUANTILE_NAME = sizeof "p100.000000",
  PERCENT = 1000000, /* parts of a percent that are told apart */
};

__extension__ typedef unsigned __int128 uint128;

typedef struct quantiles {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  char *of;
  uint32_t count;
  struct {
    char name[QUANTILE_NAME];
    uint64_t at; /* in parts of a percent */
  } each[MOST_QUANTILES];
} quantiles;

typedef struct state {
  groups groups;
  uint64_t memory; /* of the histograms */
} state;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Quantiles"; }

/* Reads one percentage, such as 99.9, and its name. Returns its end, or null if it is none. */
static const char *read_percentage(const char *text, char *to, uint64_t *at) {
  const char *const begin = text;
  uint64_t unit = PERCENT;
  *at = 0;
  for (; *text >= '0' && *text <= '9' && *at <= 100 * PERCENT; text++) *at = *at * 10 + (uint64_t)(*text - '0') * unit;
  if (text == begin || (*begin == '0' && text - begin > 1)) return NULL;
  if (*text == '.') {
    do {
      text++;
      unit /= 10;
      if (*text < '0' || *text > '9' || unit == 0) return NULL;
      *at += (uint64_t)(*text - '0') * unit;
    } while (text[1] >= '0' && text[1] <= '9');
    if (*text++ == '0') return NULL;
  }
  if (*at > 100 * PERCENT) return NULL;
  *to++ = 'p';
  memcpy(to, begin, (size_t)(text - begin));
  to[text - begin] = 0;
  return text;
}

static int32_t read_percentages(quantiles *self, plug_bytes config, plug_error *error) {
  static const char otherwise[] =
      "the option \"at\" is no list of percentages from 0 to 100, such as 50,90,99.9, each once and as short as it can "
      "be";
  char text[MOST_QUANTILES * QUANTILE_NAME] = "50,90,99";
  uint64_t len = strlen(text);
  if (plug_config_string(config, "at", (uint8_t *)text, sizeof text - 1, &len) < 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, otherwise);
  text[len] = 0;
  for (const char *next = text; next; next = *next == ',' ? next + 1 : NULL) {
    const uint32_t count = self->count;
    if (count == MOST_QUANTILES) return plug_fail(error, PLUG_ERROR_CONFIG, "there are more than 100 percentages");
    next = read_percentage(next, self->each[count].name, &self->each[count].at);
    if (!next || (*next && *next != ',') || (!*next && next != text + len))
      return plug_fail(error, PLUG_ERROR_CONFIG, otherwise);
    for (uint32_t i = 0; i < count; i++)
      if (self->each[i].at == self->each[count].at) return plug_fail(error, PLUG_ERROR_CONFIG, otherwise);
    self->count++;
  }
  return PLUG_OK;
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  quantiles *self = (quantiles *)plugin;
  const int32_t status = read_percentages(self, config, error);
  return status == PLUG_OK ? read_of_option(config, &self->of, error) : status;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Finds percentiles of a column");
}

static void destroy(plug_plugin *plugin) {
  free(((quantiles *)plugin)->of);
  free(plugin);
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  state *self = calloc(1, sizeof *self);
  if (!self) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the histograms");
  return self;
}

static void state_free(const plug_plugin *plugin, void *state_) {
  (void)plugin;
  state *self = state_;
  histogram *const of = self->groups.of;
  for (uint32_t i = 0; i < self->groups.count; i++) free_histogram(of + i);
  free(self->groups.of);
  free(self);
}

static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  return index == 0 && want_column(field, PLUG_REAL, ((const quantiles *)plugin)->of, "What is counted");
}

static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  const quantiles *self = (const quantiles *)plugin;
  if (index >= self->count) return 0;
  field->type = PLUG_REAL;
  field->name = self->each[index].name;
  field->description = "The number that this percentage of all is at most";
  return 1;
}

/* Returns whether a double is not whole. Infinities are whole. */
static int is_fraction(uint64_t bits) {
  const int exponent = (int)(bits >> 52 & 0x7ff) - 1023;
  if (exponent >= 52) return 0;
  return exponent < 0 ? bits << 1 != 0 : bits << (12 + exponent) != 0;
}

static int32_t update(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t numbers, plug_error *error) {
  (void)plugin, (void)ctx;
  state *self = state_;
  const int32_t status = reach_groups(&self->groups, sizeof(histogram), numbers, error);
  if (status != PLUG_OK) return status;
  histogram *const of = self->groups.of;
  const plug_column *const column = rows->columns;
  for (uint32_t i = 0; i < rows->count; i++) {
    if (!(column->valid[i / 64] >> i % 64 & 1)) continue;
    histogram *const to = of + group[i];
    uint64_t bits;
    memcpy(&bits, &column->cells[i].real, sizeof bits);
    to->count++;
    if (!to->has_fractions) to->has_fractions = (uint8_t)is_fraction(bits);
    const int added = to->is_large && bits << 1 ? add_to_page(to->large, bits, 1, &self->memory)
                                                : add_to_bucket(to, bucket_of(bits), 1, &self->memory);
    if (!added) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a histogram");
  }
  return PLUG_OK;
}

static const histogram *histogram_of(const state *self, uint32_t group) {
  const histogram *const of = self->groups.of;
  return group < self->groups.count && of[group].count > 0 ? of + group : NULL;
}

static int32_t serialize(const plug_plugin *plugin, void *state_, uint32_t group, plug_sink *out, plug_error *error) {
  (void)plugin;
  const histogram *const of = histogram_of(state_, group);
  if (!of) return PLUG_OK;
  const size_t most = of->is_large ? of->large->used * STEPS + 1 : of->used;
  uint8_t *const begin = out->reserve(out, 1 + most * 2 * VARINT_MAX);
  if (!begin) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a group");
  uint8_t *to = begin;
  *to++ = of->has_fractions;
  int32_t bucket, last = 0;
  uint64_t count;
  int first = 1;
  for (walk at = walk_through(of); next_bucket(&at, &bucket, &count); last = bucket, first = 0) {
    const uint64_t zigzag = bucket < 0 ? 2 * (uint64_t)-bucket - 1 : 2 * (uint64_t)bucket;
    to = put_varint(to, first ? zigzag : (uint64_t)(bucket - last));
    to = put_varint(to, count);
  }
  const int32_t status = out->commit(out, (uint64_t)(to - begin));
  return status == PLUG_OK ? status : plug_fail(error, status, "the sink did not take a group");
}

/* Reads the next bucket of what serialize wrote; *bucket is the last one. Returns 0 for other bytes. */
static int take_bucket(plug_bytes *bytes, int first, int32_t *bucket, uint64_t *count) {
  uint64_t step;
  if (!take_varint(bytes, &step) || step > 4 * (uint64_t)BUCKETS || !take_varint(bytes, count) || *count == 0) return 0;
  if (!first && step == 0) return 0;
  const int64_t next = !first ? *bucket + (int64_t)step : step & 1 ? -(int64_t)(step / 2) - 1 : (int64_t)(step / 2);
  *bucket = (int32_t)next;
  return next >= -BUCKETS && next <= BUCKETS;
}

static int32_t merge(const plug_plugin *plugin, void *state_, uint32_t group, plug_bytes bytes, plug_error *error) {
  (void)plugin;
  state *self = state_;
  const int32_t status = reach_group(&self->groups, sizeof(histogram), group, error);
  if (status != PLUG_OK || bytes.len == 0) return status;
  histogram *const to = (histogram *)self->groups.of + group;
  const uint8_t has_fractions = bytes.data[0];
  bytes.data++, bytes.len--;
  if (has_fractions > 1 || bytes.len == 0) return plug_fail(error, PLUG_ERROR_INVALID, "these bytes are no histogram");
  int32_t bucket = 0;
  uint64_t count;
  for (int first = 1; bytes.len > 0; first = 0) {
    if (!take_bucket(&bytes, first, &bucket, &count))
      return plug_fail(error, PLUG_ERROR_INVALID, "these bytes are no histogram");
    if (count > INT64_MAX || to->count > INT64_MAX - count)
      return plug_fail(error, PLUG_ERROR_INVALID, "the count of a group leaves 63 bits");
    if (!add_to_bucket(to, bucket, count, &self->memory))
      return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a histogram");
    to->count += count;
  }
  to->has_fractions |= has_fractions;
  return PLUG_OK;
}

static double real_of(uint64_t bits) {
  double real;
  memcpy(&real, &bits, sizeof real);
  return real;
}

/* Returns the number that stands for a bucket: its middle, or that of the whole numbers in it. */
static double middle_of(int32_t bucket, int whole) {
  if (bucket == 0) return 0;
  const uint64_t low = bits_of_bucket(bucket < 0 ? -bucket : bucket);
  const uint64_t next = low + (UINT64_C(1) << BUCKET_SHIFT);
  double middle = real_of(low | UINT64_C(1) << (BUCKET_SHIFT - 1));
  if (low >> 52 == 0x7ff) middle = real_of(low);
  if (whole && real_of(low) < 0x1p53) {
    int64_t least = (int64_t)real_of(low);
    least += (double)least < real_of(low);
    int64_t end = (int64_t)real_of(next);
    end += (double)end < real_of(next);
    middle = (double)(least + (end - 1 - least) / 2);
  }
  return bucket < 0 ? -middle : middle;
}

/* A percentage and its place among those that are asked for. */
typedef struct rank {
  uint64_t of;
  uint32_t index;
} rank;

/* Writes the results of a group that has numbers. */
static void finish_group(const quantiles *self, const histogram *of, uint32_t row, const plug_column *outputs) {
  rank ranks[MOST_QUANTILES];
  uint32_t count = 0;
  for (uint32_t i = 0; i < self->count; i++) {
    const uint128 parts = (uint128)of->count * self->each[i].at;
    const uint64_t exact = (uint64_t)((parts + 100 * PERCENT - 1) / (100 * PERCENT));
    const rank one = {exact ? exact : 1, i};
    uint32_t at = count++;
    for (; at > 0 && ranks[at - 1].of > one.of; at--) ranks[at] = ranks[at - 1];
    ranks[at] = one;
  }
  int32_t bucket = 0;
  uint64_t seen = 0, in_bucket = 0;
  walk at = walk_through(of);
  for (uint32_t i = 0; i < count; i++) {
    while (seen < ranks[i].of && next_bucket(&at, &bucket, &in_bucket)) seen += in_bucket;
    plug_set_value(outputs + ranks[i].index, row, (plug_cell){.real = middle_of(bucket, !of->has_fractions)});
  }
}

static int32_t finish(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) {
  (void)ctx, (void)made, (void)error;
  for (uint32_t i = 0; i < count; i++) {
    const histogram *const of = histogram_of(state_, first + i);
    if (of) finish_group((const quantiles *)plugin, of, i, outputs);
  }
  return PLUG_OK;
}

static uint64_t memory(const plug_plugin *plugin, const void *state_) {
  (void)plugin;
  const state *self = state_;
  return self->groups.room * sizeof(histogram) + self->memory;
}

static const plug_aggregator aggregator = {.size = sizeof(plug_aggregator),
                                           .state_new = state_new,
                                           .state_free = state_free,
                                           .column = column,
                                           .output = output,
                                           .update = update,
                                           .serialize = serialize,
                                           .merge = merge,
                                           .finish = finish,
                                           .memory = memory};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_AGGREGATOR) ? &aggregator : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  quantiles *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
