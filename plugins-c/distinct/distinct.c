#include <plughost/plughost.h>

#include "../shared/column_option.h"
#include "../shared/groups.h"
#include "../shared/varint.h"
#include "hash.h"
#include "registers.h"

PLUG_MANIFEST({
  "id" : "org.plughost.distinct",
  "name" : "distinct",
  "version" : "0.1.0",
  "description" : "About how many different values a column has",
  "license" : "MIT",
  "extensions" : ["plug.aggregator/1"],
  "config" : {
    "type" : "object",
    "properties" : {"of" : {"type" : "string", "minLength" : 1, "description" : "The column"}},
    "required" : ["of"],
    "additionalProperties" : false
  }
})

enum {
  LISTED = 1,        /* the first byte of a state with a list */
  PACKED = 2,        /* that of one with all registers */
  LISTED_MAX = 4096, /* registers in a state with a list */
  PACKED_BYTES = REGISTERS / 4 * 3,
};

typedef struct distinct {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  char *of;
} distinct;

typedef struct state {
  groups groups;
  uint64_t memory; /* of the registers */
} state;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Distinct values"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  return read_of_option(config, &((distinct *)plugin)->of, error);
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Counts the different values of a column");
}

static void destroy(plug_plugin *plugin) {
  free(((distinct *)plugin)->of);
  free(plugin);
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  state *self = calloc(1, sizeof *self);
  if (!self) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the registers");
  return self;
}

static void state_free(const plug_plugin *plugin, void *state_) {
  (void)plugin;
  state *self = state_;
  registers *const of = self->groups.of;
  for (uint32_t i = 0; i < self->groups.count; i++) free_registers(of + i);
  free(self->groups.of);
  free(self);
}

static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  return index == 0 && want_column(field, PLUG_TEXT, ((const distinct *)plugin)->of, "What is counted");
}

static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  (void)plugin;
  return index == 0 && want_column(field, PLUG_INTEGER, "distinct", "About how many different values there are");
}

static int32_t update(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t numbers, plug_error *error) {
  (void)plugin, (void)ctx;
  state *self = state_;
  const int32_t status = reach_groups(&self->groups, sizeof(registers), numbers, error);
  if (status != PLUG_OK) return status;
  registers *const of = self->groups.of;
  const plug_column *const column = rows->columns;
  for (uint32_t i = 0; i < rows->count; i++) {
    if (!(column->valid[i / 64] >> i % 64 & 1)) continue;
    const plug_bytes text = plug_text(rows, column->cells[i].text);
    const uint64_t hash = hash_of(text.data, text.len);
    const uint32_t index = (uint32_t)(hash >> (64 - INDEX_BITS));
    /* The bit that is added ends the zeros of a hash that has nothing else. */
    const uint64_t rest = hash << INDEX_BITS | UINT64_C(1) << (INDEX_BITS - 1);
    const uint8_t rank = (uint8_t)(__builtin_clzll(rest) + 1);
    if (!raise_register(of + group[i], index, rank, &self->memory))
      return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the registers");
  }
  return PLUG_OK;
}

/* Returns the registers of a group, or null if it is empty. */
static const registers *registers_of(const state *self, uint32_t group) {
  const registers *const of = self->groups.of;
  return group < self->groups.count && of[group].list ? of + group : NULL;
}

static uint8_t *put_packed(uint8_t *to, const uint8_t *all) {
  for (int i = 0; i < REGISTERS; i += 4) {
    const uint32_t four = all[i] | (uint32_t)all[i + 1] << 6 | (uint32_t)all[i + 2] << 12 | (uint32_t)all[i + 3] << 18;
    *to++ = (uint8_t)four;
    *to++ = (uint8_t)(four >> 8);
    *to++ = (uint8_t)(four >> 16);
  }
  return to;
}

static int32_t serialize(const plug_plugin *plugin, void *state_, uint32_t group, plug_sink *out, plug_error *error) {
  (void)plugin;
  const registers *const of = registers_of(state_, group);
  if (!of) return PLUG_OK;
  uint32_t counts[RANK_MAX + 1];
  count_ranks(of, counts);
  const uint32_t used = REGISTERS - counts[0];
  uint8_t *const begin = out->reserve(out, 1 + (used > LISTED_MAX ? PACKED_BYTES : 4 * (uint64_t)used));
  if (!begin) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a group");
  uint8_t *to = begin;
  *to++ = used > LISTED_MAX ? PACKED : LISTED;
  if (used > LISTED_MAX) {
    to = put_packed(to, of->all);
  } else {
    uint32_t place = 0, next = 0, entry;
    while ((entry = next_register(of, &place))) {
      to = put_varint(to, (entry >> ENTRY_SHIFT) - next);
      *to++ = entry & ENTRY_RANK;
      next = (entry >> ENTRY_SHIFT) + 1;
    }
  }
  const int32_t status = out->commit(out, (uint64_t)(to - begin));
  return status == PLUG_OK ? status : plug_fail(error, status, "the sink did not take a group");
}

/* Reads the first register at or after *next, with a rank. Returns 1, 0 at the end, or an error. */
static int take_listed(plug_bytes *bytes, uint32_t *next, uint32_t *index, uint8_t *rank) {
  uint64_t step;
  if (bytes->len == 0) return 0;
  if (!take_varint(bytes, &step) || bytes->len == 0 || step >= REGISTERS - *next) return PLUG_ERROR_INVALID;
  *index = *next + (uint32_t)step;
  *next = *index + 1;
  *rank = *bytes->data;
  bytes->data++, bytes->len--;
  return *rank >= 1 && *rank <= RANK_MAX ? 1 : PLUG_ERROR_INVALID;
}

/* Adds a list of registers. Returns PLUG_OK or an error. */
static int32_t merge_listed(registers *to, plug_bytes bytes, uint64_t *memory) {
  uint32_t next = 0, index = 0, count = 0;
  uint8_t rank = 0;
  int taken;
  while ((taken = take_listed(&bytes, &next, &index, &rank)) > 0) {
    if (++count > LISTED_MAX) return PLUG_ERROR_INVALID;
    if (!raise_register(to, index, rank, memory)) return PLUG_ERROR_NOMEM;
  }
  return taken < 0 || count == 0 ? PLUG_ERROR_INVALID : PLUG_OK;
}

/* Adds all registers. Returns PLUG_OK or an error. */
static int32_t merge_packed(registers *to, plug_bytes bytes, uint64_t *memory) {
  if (bytes.len != PACKED_BYTES) return PLUG_ERROR_INVALID;
  if (!to->is_array && !spread_registers(to, memory)) return PLUG_ERROR_NOMEM;
  uint32_t used = 0;
  for (uint32_t i = 0; i < REGISTERS; i++) {
    const uint8_t *const three = bytes.data + i / 4 * 3;
    const uint32_t four = three[0] | (uint32_t)three[1] << 8 | (uint32_t)three[2] << 16;
    const uint8_t rank = four >> i % 4 * 6 & ENTRY_RANK;
    if (rank > RANK_MAX) return PLUG_ERROR_INVALID;
    used += rank > 0;
    if (to->all[i] < rank) to->all[i] = rank;
  }
  return used > LISTED_MAX ? PLUG_OK : PLUG_ERROR_INVALID;
}

static int32_t merge(const plug_plugin *plugin, void *state_, uint32_t group, plug_bytes bytes, plug_error *error) {
  (void)plugin;
  state *self = state_;
  int32_t status = reach_group(&self->groups, sizeof(registers), group, error);
  if (status != PLUG_OK || bytes.len == 0) return status;
  const uint8_t form = *bytes.data;
  registers *const to = (registers *)self->groups.of + group;
  bytes.data++, bytes.len--;
  status = form == LISTED   ? merge_listed(to, bytes, &self->memory)
           : form == PACKED ? merge_packed(to, bytes, &self->memory)
                            : PLUG_ERROR_INVALID;
  if (status == PLUG_OK) return status;
  return plug_fail(
      error, status,
      status == PLUG_ERROR_NOMEM ? "there is no memory for the registers" : "these bytes are no registers");
}

static int32_t finish(const plug_plugin *plugin, void *state_, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *outputs, plug_sink *made, plug_error *error) {
  (void)plugin, (void)ctx, (void)made;
  for (uint32_t i = 0; i < count; i++) {
    const registers *const of = registers_of(state_, first + i);
    const double values = of ? estimated_count(of) : 0;
    if (values >= 0x1p63) return plug_fail(error, PLUG_ERROR_INVALID, "the count of a group leaves 63 bits");
    plug_set_value(outputs, i, (plug_cell){.integer = (int64_t)(values + 0.5)});
  }
  return PLUG_OK;
}

static uint64_t memory(const plug_plugin *plugin, const void *state_) {
  (void)plugin;
  const state *self = state_;
  return self->groups.room * sizeof(registers) + self->memory;
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
  distinct *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
