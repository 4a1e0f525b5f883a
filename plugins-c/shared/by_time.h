/* Shared code of the aggregators `first` and `last`: the value of a column in the row with the lowest or the highest
 * time. Of rows with the same time, the one with the smaller bytes counts, so the answer is the same in any order. */
#ifndef SHARED_BY_TIME_H
#define SHARED_BY_TIME_H

#include <plughost/plughost.h>

#include "column_option.h"
#include "groups.h"

typedef struct by_time {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  char *of;
  char *by;
  int last;
} by_time;

/* The value of a group. */
typedef struct dated_value {
  int64_t time;
  uint8_t *text;
  uint32_t len;
  uint32_t room; /* 0: there is no value */
} dated_value;

typedef struct dated_values {
  groups groups;
  uint64_t memory; /* of the texts */
} dated_values;

static const char *by_time_name(const plug_plugin *plugin) {
  return ((const by_time *)plugin)->last ? "Last value" : "First value";
}

static int32_t by_time_init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  by_time *self = (by_time *)plugin;
  const int32_t status = read_of_option(config, &self->of, error);
  return status == PLUG_OK ? read_column_option(config, "by", &self->by, error) : status;
}

static int32_t by_time_run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)ctx, (void)error;
  return plug_put(out,
                  ((by_time *)plugin)->last ? "Finds the last value of a column" : "Finds the first value of a column");
}

static void by_time_destroy(plug_plugin *plugin) {
  free(((by_time *)plugin)->of);
  free(((by_time *)plugin)->by);
  free(plugin);
}

static void *by_time_state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  dated_values *self = calloc(1, sizeof *self);
  if (!self) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the values");
  return self;
}

static void by_time_state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  dated_values *self = state;
  const dated_value *const of = self->groups.of;
  for (uint32_t i = 0; i < self->groups.count; i++) free(of[i].text);
  free(self->groups.of);
  free(self);
}

static int32_t by_time_column(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  const by_time *self = (const by_time *)plugin;
  if (index == 0) return want_column(field, PLUG_TEXT, self->of, "What is asked for");
  return index == 1 && want_column(field, PLUG_TIME, self->by ? self->by : "time", "What says which row is first");
}

static int32_t by_time_output(const plug_plugin *plugin, uint32_t index, plug_field *field) {
  const int last = ((const by_time *)plugin)->last;
  return index == 0 && want_column(field, PLUG_TEXT, last ? "last" : "first",
                                   last ? "The value of the last row" : "The value of the first row");
}

/* Returns whether a value takes the place of another one. */
static inline int comes_before(const by_time *self, const dated_value *held, int64_t time, plug_bytes text) {
  if (held->room == 0) return 1;
  if (time != held->time) return (time > held->time) == self->last;
  const uint64_t shorter = text.len < held->len ? text.len : held->len;
  const int order = shorter > 0 ? memcmp(text.data, held->text, (size_t)shorter) : 0;
  return order < 0 || (order == 0 && text.len < held->len);
}

/* Replaces the value of a group if the new one comes before it. */
static inline int32_t hold_value(const by_time *self, dated_values *state, uint32_t group, int64_t time,
                                 plug_bytes text, plug_error *error) {
  dated_value *const held = (dated_value *)state->groups.of + group;
  if (!comes_before(self, held, time, text)) return PLUG_OK;
  if (held->room <= text.len) {
    const uint64_t room = text.len + text.len / 4 + 8;
    uint8_t *const larger = room > UINT32_MAX ? NULL : realloc(held->text, (size_t)room);
    if (!larger) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a value");
    state->memory += room - held->room;
    held->text = larger;
    held->room = (uint32_t)room;
  }
  if (text.len > 0) memcpy(held->text, text.data, (size_t)text.len);
  held->len = (uint32_t)text.len;
  held->time = time;
  return PLUG_OK;
}

static int32_t by_time_update(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                              const uint32_t *group, uint32_t numbers, plug_error *error) {
  (void)ctx;
  dated_values *self = state;
  int32_t status = reach_groups(&self->groups, sizeof(dated_value), numbers, error);
  const plug_column *const value = rows->columns, *const time = rows->columns + 1;
  for (uint32_t i = 0; i < rows->count && status == PLUG_OK; i++) {
    if (!(value->valid[i / 64] & time->valid[i / 64] & UINT64_C(1) << i % 64)) continue;
    status = hold_value((const by_time *)plugin, self, group[i], time->cells[i].integer,
                        plug_text(rows, value->cells[i].text), error);
  }
  return status;
}

/* Returns the value of a group, or null if there is none. */
static inline const dated_value *value_of(const dated_values *self, uint32_t group) {
  const dated_value *const of = self->groups.of;
  return group < self->groups.count && of[group].room > 0 ? of + group : NULL;
}

/* Writes the time in 8 bytes, the lowest first, and the text. */
static int32_t by_time_serialize(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out,
                                 plug_error *error) {
  (void)plugin;
  const dated_value *const of = value_of(state, group);
  if (!of) return PLUG_OK;
  uint8_t *const to = out->reserve(out, 8 + (uint64_t)of->len);
  if (!to) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a group");
  for (int i = 0; i < 8; i++) to[i] = (uint8_t)((uint64_t)of->time >> 8 * i);
  if (of->len > 0) memcpy(to + 8, of->text, of->len);
  const int32_t status = out->commit(out, 8 + (uint64_t)of->len);
  return status == PLUG_OK ? status : plug_fail(error, status, "the sink did not take a group");
}

static int32_t by_time_merge(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes,
                             plug_error *error) {
  dated_values *self = state;
  const int32_t status = reach_group(&self->groups, sizeof(dated_value), group, error);
  if (status != PLUG_OK || bytes.len == 0) return status;
  if (bytes.len < 8) return plug_fail(error, PLUG_ERROR_INVALID, "these bytes are no time and value");
  uint64_t time = 0;
  for (int i = 0; i < 8; i++) time |= (uint64_t)bytes.data[i] << 8 * i;
  const plug_bytes text = {bytes.data + 8, bytes.len - 8};
  return hold_value((const by_time *)plugin, self, group, (int64_t)time, text, error);
}

static int32_t by_time_finish(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first,
                              uint32_t count, const plug_column *outputs, plug_sink *made, plug_error *error) {
  (void)plugin, (void)ctx;
  uint64_t begin = 0;
  for (uint32_t i = 0; i < count; i++) {
    const dated_value *const of = value_of(state, first + i);
    if (!of) continue;
    if (begin + of->len > UINT32_MAX) return plug_fail(error, PLUG_ERROR_NOMEM, "the values leave 4 GiB");
    const int32_t status = write_group(made, of->text, of->len, error);
    if (status != PLUG_OK) return status;
    plug_set_value(outputs, i, (plug_cell){.text = {(uint32_t)begin, of->len}});
    begin += of->len;
  }
  return PLUG_OK;
}

static uint64_t by_time_memory(const plug_plugin *plugin, const void *state) {
  (void)plugin;
  const dated_values *self = state;
  return self->groups.room * sizeof(dated_value) + self->memory;
}

static const plug_aggregator by_time_aggregator = {.size = sizeof(plug_aggregator),
                                                   .state_new = by_time_state_new,
                                                   .state_free = by_time_state_free,
                                                   .column = by_time_column,
                                                   .output = by_time_output,
                                                   .update = by_time_update,
                                                   .serialize = by_time_serialize,
                                                   .merge = by_time_merge,
                                                   .finish = by_time_finish,
                                                   .memory = by_time_memory};

static const void *by_time_extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_AGGREGATOR) ? &by_time_aggregator : NULL;
}

static inline plug_plugin *new_by_time(int last) {
  by_time *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->last = last;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = by_time_name,       .init = by_time_init,
                               .run = by_time_run, .destroy = by_time_destroy, .extension = by_time_extension};
  return &self->plugin;
}

#endif
