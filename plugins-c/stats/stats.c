#include <plughost/plughost.h>

#include "../shared/column_option.h"
#include "../shared/exact_sum.h"
#include "../shared/groups.h"
#include "../shared/varint.h"

PLUG_MANIFEST({
  "id" : "org.plughost.stats",
  "name" : "stats",
  "version" : "0.1.0",
  "description" : "Count, sum, least, greatest and mean of a column",
  "license" : "MIT",
  "extensions" : ["plug.aggregator/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "of" : {"type" : "string", "minLength" : 1, "description" : "The column"},
      "type" : {
        "type" : "string",
        "enum" : [ "real", "integer" ],
        "default" : "real",
        "description" : "What its numbers are: integer is exact above 2^53"
      }
    },
    "required" : ["of"],
    "additionalProperties" : false
  }
})

typedef struct stats {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  char *of;
  int integer;
} stats;

/* The numbers of a group. Infinite ones count, and are in no sum: `least` and `greatest` tell of them. */
typedef struct numbers {
  uint64_t whole[2]; /* the sum of whole numbers, in 128 bits */
  uint64_t count;
  plug_cell least;
  plug_cell greatest;
  exact_sum *rest; /* the sum of all others; null: there are none */
} numbers;

typedef struct state {
  groups groups;
  uint64_t sums; /* how many groups have a `rest` */
} state;

/* What a group's bytes say. */
typedef struct saved {
  uint64_t count;
  plug_cell least;
  plug_cell greatest;
  magnitude sum;
} saved;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Statistics"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  stats *self = (stats *)plugin;
  uint8_t type[sizeof "integer"];
  uint64_t len = 0;
  const int found = plug_config_string(config, "type", type, sizeof type, &len);
  self->integer = found == 1 && len == 7 && memcmp(type, "integer", 7) == 0;
  if (found && !self->integer && (found < 0 || len != 4 || memcmp(type, "real", 4) != 0))
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"type\" is neither \"real\" nor \"integer\"");
  return read_of_option(config, &self->of, error);
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Sums up the numbers of a column");
}

static void destroy(plug_plugin *plugin) {
  free(((stats *)plugin)->of);
  free(plugin);
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  state *self = calloc(1, sizeof *self);
  if (!self) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the numbers");
  return self;
}

static void state_free(const plug_plugin *plugin, void *state_) {
  (void)plugin;
  state *self = state_;
  const numbers *const of = self->groups.of;
  for (uint32_t i = 0; i < self->groups.count; i++) free(of[i].rest);
  free(self->groups.of);
  free(self);
}

static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  const stats *self = (const stats *)plugin;
  return index == 0 && want_column(field, self->integer ? PLUG_INTEGER : PLUG_REAL, self->of, "What is summed up");
}

static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  static const char *const names[] = {"count", "sum", "min", "max", "mean"};
  static const char *const about[] = {"How many numbers there are", "Their sum", "The least", "The greatest",
                                      "Their mean"};
  if (index > 4) return 0;
  field->type = index == 0 || (index < 4 && ((const stats *)plugin)->integer) ? PLUG_INTEGER : PLUG_REAL;
  field->name = names[index];
  field->description = about[index];
  return 1;
}

static int128 whole_of(const numbers *of) { return (int128)((uint128)of->whole[1] << 64 | of->whole[0]); }

static void set_whole(numbers *of, int128 whole) {
  of->whole[0] = (uint64_t)(uint128)whole;
  of->whole[1] = (uint64_t)((uint128)whole >> 64);
}

/* Returns the sum of the numbers that are not whole, or null if there is no memory. */
static exact_sum *rest_of(state *self, numbers *of) {
  if (of->rest || !(of->rest = calloc(1, sizeof *of->rest))) return of->rest;
  self->sums++;
  return of->rest;
}

static int has_value(const plug_column *column, uint32_t row) { return column->valid[row / 64] >> row % 64 & 1; }

static void add_integers(numbers *of, const plug_rows *rows, const uint32_t *group) {
  const plug_column *const column = rows->columns;
  for (uint32_t i = 0; i < rows->count; i++) {
    if (!has_value(column, i)) continue;
    numbers *const to = of + group[i];
    const int64_t value = column->cells[i].integer;
    if (to->count++ == 0) to->least.integer = to->greatest.integer = value;
    if (value < to->least.integer) to->least.integer = value;
    if (value > to->greatest.integer) to->greatest.integer = value;
    /* 2^64 numbers of 64 bits fit into 128 bits. */
    set_whole(to, whole_of(to) + value);
  }
}

static int32_t add_reals(state *self, const plug_rows *rows, const uint32_t *group) {
  numbers *const of = self->groups.of;
  const plug_column *const column = rows->columns;
  for (uint32_t i = 0; i < rows->count; i++) {
    if (!has_value(column, i)) continue;
    numbers *const to = of + group[i];
    const double value = column->cells[i].real;
    if (to->count++ == 0) to->least.real = to->greatest.real = value;
    if (value < to->least.real) to->least.real = value;
    if (value > to->greatest.real) to->greatest.real = value;
    if (value > -0x1p62 && value < 0x1p62 && (double)(int64_t)value == value) {
      set_whole(to, whole_of(to) + (int64_t)value);
    } else if (value - value == 0) {
      if (!rest_of(self, to)) return PLUG_ERROR_NOMEM;
      add_real(to->rest, value);
    }
  }
  return PLUG_OK;
}

static int32_t update(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t numbers_, plug_error *error) {
  (void)ctx;
  state *self = state_;
  int32_t status = reach_groups(&self->groups, sizeof(numbers), numbers_, error);
  if (status != PLUG_OK) return status;
  if (((const stats *)plugin)->integer) {
    add_integers(self->groups.of, rows, group);
    return PLUG_OK;
  }
  status = add_reals(self, rows, group);
  return status == PLUG_OK ? status : plug_fail(error, status, "there is no memory for the numbers");
}

static magnitude sum_of(const numbers *of) {
  exact_sum sum = {.added = 0};
  if (of->rest) sum = *of->rest;
  carry_sum(&sum);
  add_whole(&sum, whole_of(of));
  return magnitude_of(&sum);
}

static uint8_t *put_word(uint8_t *to, uint64_t word) {
  for (int i = 0; i < 8; i++) *to++ = (uint8_t)(word >> 8 * i);
  return to;
}

static uint64_t take_word(plug_bytes *bytes) {
  uint64_t word = 0;
  for (int i = 0; i < 8; i++) word |= (uint64_t)bytes->data[i] << 8 * i;
  bytes->data += 8;
  bytes->len -= 8;
  return word;
}

static int32_t serialize(const plug_plugin *plugin, void *state_, uint32_t group, plug_sink *out, plug_error *error) {
  (void)plugin;
  const groups *const all = &((state *)state_)->groups;
  const numbers *const of = group < all->count ? (const numbers *)all->of + group : NULL;
  if (!of || of->count == 0) return PLUG_OK;
  uint8_t bytes[2 * VARINT_MAX + 16 + SUM_BYTES];
  uint8_t *to = put_varint(bytes, of->count);
  to = put_word(to, (uint64_t)of->least.integer);
  to = put_word(to, (uint64_t)of->greatest.integer);
  const magnitude sum = sum_of(of);
  const int end = top_bit(&sum) / 8 + 1;
  int first = 0;
  if (top_bit(&sum) >= 0) {
    while ((sum.limbs[first / 4] >> first % 4 * 8 & 0xff) == 0) first++;
    to = put_varint(to, (uint64_t)first << 1 | (uint64_t)sum.negative);
    for (int i = first; i < end; i++) *to++ = (uint8_t)(sum.limbs[i / 4] >> i % 4 * 8);
  }
  return write_group(out, bytes, (size_t)(to - bytes), error);
}

static int is_infinite(double real) { return real - real != 0; }

/* Returns whether the numbers of a group can have these bounds and this sum. */
static int is_possible(const saved *read, int integer) {
  int log = 0; /* the count is less than 2^log */
  while (log < 64 && read->count >> log) log++;
  if (top_bit(&read->sum) >= SUM_TOP + log) return 0;
  if (integer)
    return read->least.integer <= read->greatest.integer && !has_bits_below(&read->sum, SUM_ONE) &&
           top_bit(&read->sum) < SUM_ONE + 64 + log;
  const double least = read->least.real, greatest = read->greatest.real;
  /* The host makes both zeros one. NaN is no number, and compares with nothing. */
  const int zeros = (least == 0 && read->least.integer != 0) || (greatest == 0 && read->greatest.integer != 0);
  /* No bit is worth less than the smallest double. */
  return least <= greatest && !zeros && !has_bits_below(&read->sum, SUM_ONE - 1074);
}

/* Reads what serialize wrote. Returns 0 for other bytes. */
static int read_group(plug_bytes bytes, int integer, saved *read) {
  if (!take_varint(&bytes, &read->count) || read->count == 0 || read->count > INT64_MAX || bytes.len < 16) return 0;
  read->least.integer = (int64_t)take_word(&bytes);
  read->greatest.integer = (int64_t)take_word(&bytes);
  read->sum = (magnitude){.negative = 0};
  uint64_t place = 0;
  if (bytes.len > 0) {
    if (!take_varint(&bytes, &place) || bytes.len == 0 || bytes.len > SUM_BYTES) return 0;
    const uint64_t first = place >> 1;
    if (first > SUM_BYTES - bytes.len || bytes.data[0] == 0 || bytes.data[bytes.len - 1] == 0) return 0;
    for (uint64_t i = 0; i < bytes.len; i++)
      read->sum.limbs[(first + i) / 4] |= (uint32_t)bytes.data[i] << (first + i) % 4 * 8;
    read->sum.negative = place & 1;
  }
  return is_possible(read, integer);
}

/* Adds a sum. Whole numbers of 64 bits stay where no memory is needed. */
static int32_t add_sum(state *self, numbers *to, const magnitude *sum) {
  int64_t whole;
  int128 total;
  if (!has_bits_below(sum, SUM_ONE) && to_whole(sum, &whole) &&
      !__builtin_add_overflow(whole_of(to), (int128)whole, &total)) {
    set_whole(to, total);
    return PLUG_OK;
  }
  if (!rest_of(self, to)) return PLUG_ERROR_NOMEM;
  add_magnitude(to->rest, sum);
  return PLUG_OK;
}

static int32_t merge(const plug_plugin *plugin, void *state_, uint32_t group, plug_bytes bytes, plug_error *error) {
  const int integer = ((const stats *)plugin)->integer;
  state *self = state_;
  saved read;
  int32_t status = reach_group(&self->groups, sizeof(numbers), group, error);
  if (status != PLUG_OK || bytes.len == 0) return status;
  if (!read_group(bytes, integer, &read)) return plug_fail(error, PLUG_ERROR_INVALID, "these bytes are no statistics");
  numbers *const to = (numbers *)self->groups.of + group;
  if (read.count > INT64_MAX - to->count)
    return plug_fail(error, PLUG_ERROR_INVALID, "the count of a group leaves 63 bits");
  status = add_sum(self, to, &read.sum);
  if (status != PLUG_OK) return plug_fail(error, status, "there is no memory for the numbers");
  const int first = to->count == 0;
  if (first || (integer ? read.least.integer < to->least.integer : read.least.real < to->least.real))
    to->least = read.least;
  if (first || (integer ? read.greatest.integer > to->greatest.integer : read.greatest.real > to->greatest.real))
    to->greatest = read.greatest;
  to->count += read.count;
  return PLUG_OK;
}

/* Writes the sum and the mean of a group that has numbers. */
static int32_t finish_sum(const stats *self, const numbers *of, uint32_t row, const plug_column *outputs,
                          plug_error *error) {
  const magnitude sum = sum_of(of);
  plug_cell cell;
  double real = 0, mean = 0;
  if (self->integer) {
    if (!to_whole(&sum, &cell.integer))
      return plug_fail(error, PLUG_ERROR_INVALID,
                       "the sum of a group leaves 64 bits; with -p type=real it is a rounded number");
    plug_set_value(outputs + 1, row, cell);
  } else if (is_infinite(of->least.real) || is_infinite(of->greatest.real)) {
    real = of->least.real + of->greatest.real;
    if (real != real) return PLUG_OK; /* both infinities */
  }
  /* The mean is not that of the rounded sum: each is rounded once. An infinite sum is its own mean. */
  const magnitude quotient = divide(&sum, of->count);
  if (real != 0)
    mean = real;
  else if (!to_nearest_real(&sum, &real) || !to_nearest_real(&quotient, &mean))
    return plug_fail(error, PLUG_ERROR_INVALID, "the sum of a group is greater than any real number");
  if (!self->integer) plug_set_value(outputs + 1, row, (plug_cell){.real = real});
  plug_set_value(outputs + 4, row, (plug_cell){.real = mean});
  return PLUG_OK;
}

static int32_t finish(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) {
  (void)ctx, (void)made;
  const groups *const all = &((state *)state_)->groups;
  for (uint32_t i = 0; i < count; i++) {
    const numbers *const of = first + i < all->count ? (const numbers *)all->of + first + i : NULL;
    plug_set_value(outputs, i, (plug_cell){.integer = of ? (int64_t)of->count : 0});
    if (!of || of->count == 0) continue;
    plug_set_value(outputs + 2, i, of->least);
    plug_set_value(outputs + 3, i, of->greatest);
    const int32_t status = finish_sum((const stats *)plugin, of, i, outputs, error);
    if (status != PLUG_OK) return status;
  }
  return PLUG_OK;
}

static uint64_t memory(const plug_plugin *plugin, const void *state_) {
  (void)plugin;
  const state *self = state_;
  return self->groups.room * sizeof(numbers) + self->sums * sizeof(exact_sum);
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
  stats *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
