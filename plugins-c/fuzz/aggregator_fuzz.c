// The merge of an aggregator on any bytes: they are refused, or they are what serialize writes, and the order in which
// they are merged does not matter. Input: a byte, which says how long the first state is, then two states.
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PLUG_EXPORT plug_plugin *NewPlugin(void);

enum { OUTPUTS = 8 };

static const char config[] = "{\"of\":\"value\",\"at\":\"0,50,99.9,100\"}";

// A sink with enough memory.
typedef struct output {
  plug_sink sink;
  uint8_t *bytes;
  uint64_t len, reserved;
} output;

static uint8_t *reserve(plug_sink *sink, uint64_t len) {
  output *self = sink->self;
  self->bytes = realloc(self->bytes, self->len + len + 1);
  self->reserved = len;
  return self->bytes + self->len;
}

static int32_t commit(plug_sink *sink, uint64_t len) {
  output *self = sink->self;
  if (len > self->reserved) abort();
  self->len += len;
  return PLUG_OK;
}

static int32_t write_output(plug_sink *sink, const void *data, uint64_t len) {
  memcpy(reserve(sink, len), data, len);
  return commit(sink, len);
}

static void require(int holds, const char *otherwise) {
  if (holds) return;
  fprintf(stderr, "%s\n", otherwise);
  abort();
}

static const plug_plugin *plugin;
static const plug_aggregator *calls;

static int32_t merged(void *state, plug_bytes bytes) {
  plug_error error = {.size = sizeof error};
  const int32_t status = calls->merge(plugin, state, 0, bytes, &error);
  require(status == PLUG_OK || (status == PLUG_ERROR_INVALID && error.len > 0), "merge gives another status");
  require(calls->memory(plugin, state) <= (1 << 20) + 256 * bytes.len, "a state takes much more memory than its bytes");
  return status;
}

static output saved(void *state) {
  output made = {.sink = {.size = sizeof made.sink, .write = write_output, .reserve = reserve, .commit = commit}};
  plug_error error = {.size = sizeof error};
  made.sink.self = &made;
  require(calls->serialize(plugin, state, 0, &made.sink, &error) == PLUG_OK, "serialize failed");
  return made;
}

static void finish(void *state) {
  plug_cell cells[OUTPUTS];
  uint64_t valid[OUTPUTS] = {0};
  plug_column columns[OUTPUTS];
  for (int i = 0; i < OUTPUTS; i++) columns[i] = (plug_column){cells + i, valid + i};
  uint32_t word = PLUG_CANCEL_NONE;
  const plug_ctx ctx = {.size = sizeof ctx, .cancel = &word};
  output made = {.sink = {.size = sizeof made.sink, .write = write_output, .reserve = reserve, .commit = commit}};
  made.sink.self = &made;
  plug_error error = {.size = sizeof error};
  const int32_t status = calls->finish(plugin, state, &ctx, 0, 1, columns, &made.sink, &error);
  require(status == PLUG_OK || (status == PLUG_ERROR_INVALID && error.len > 0), "finish gives another status");
  for (uint32_t i = 0; i < OUTPUTS; i++) {
    plug_field field;
    if (calls->output(plugin, i, &field) != 1) break;
    require(field.type != PLUG_REAL || !valid[i] || cells[i].real == cells[i].real, "a result is no number");
  }
  free(made.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size == 0) return 0;
  plug_plugin *made = NewPlugin();
  plug_error error = {.size = sizeof error};
  require(!made->init || made->init(made, NULL, (plug_bytes){(const uint8_t *)config, sizeof config - 1}, &error) == 0,
          "init failed");
  plugin = made;
  calls = made->extension(made, PLUG_AGGREGATOR);
  const size_t first = data[0] < size - 1 ? data[0] : size - 1;
  // Copies of the exact size, so that a read beyond them is seen.
  uint8_t *copies[2] = {malloc(first), malloc(size - 1 - first)};
  memcpy(copies[0], data + 1, first);
  memcpy(copies[1], data + 1 + first, size - 1 - first);
  const plug_bytes states[2] = {{copies[0], first}, {copies[1], size - 1 - first}};
  int good = 1;
  for (int i = 0; i < 2; i++) {
    void *state = calls->state_new(plugin, &error);
    if (merged(state, states[i]) == PLUG_OK) {
      output again = saved(state);
      require(again.len == states[i].len && (again.len == 0 || memcmp(again.bytes, states[i].data, again.len) == 0),
              "bytes were merged that serialize does not write");
      free(again.bytes);
      finish(state);
    } else {
      good = 0;
    }
    calls->state_free(plugin, state);
  }
  if (good) {
    output both[2];
    int32_t status[2];
    for (int i = 0; i < 2; i++) {
      void *state = calls->state_new(plugin, &error);
      require(merged(state, states[i]) == PLUG_OK, "a state is merged once, and then it is not");
      status[i] = merged(state, states[1 - i]);
      both[i] = saved(state);
      finish(state);
      calls->state_free(plugin, state);
    }
    require(status[0] == status[1], "the order of two states says whether they can be merged");
    require(status[0] != PLUG_OK || (both[0].len == both[1].len &&
                                     (both[0].len == 0 || memcmp(both[0].bytes, both[1].bytes, both[0].len) == 0)),
            "the order of two states changes their sum");
    for (int i = 0; i < 2; i++) free(both[i].bytes);
  }
  free(copies[0]);
  free(copies[1]);
  if (made->destroy) made->destroy(made);
  return 0;
}
