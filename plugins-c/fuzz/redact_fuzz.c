/* Compares a batch of lines with the same lines one by one, and the marks of vectors with those of single bytes. Input:
 * a byte that chooses kinds, then lines. */
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "../redact/marks.h"

PLUG_EXPORT plug_plugin *NewPlugin(void);

enum { MAX_LINES = 256, MAX_OUTPUT = 1 << 20 };

/* A sink with enough memory. */
typedef struct output {
  plug_sink sink;
  uint8_t bytes[MAX_OUTPUT];
  uint64_t len, reserved;
} output;

static int32_t write_output(plug_sink *sink, const void *data, uint64_t len) {
  output *self = sink->self;
  if (len > MAX_OUTPUT - self->len) return PLUG_ERROR_NOMEM;
  memcpy(self->bytes + self->len, data, len);
  self->len += len;
  return PLUG_OK;
}

static uint8_t *reserve(plug_sink *sink, uint64_t len) {
  output *self = sink->self;
  self->reserved = len;
  return len > MAX_OUTPUT - self->len ? NULL : self->bytes + self->len;
}

static int32_t commit(plug_sink *sink, uint64_t len) {
  output *self = sink->self;
  if (len > self->reserved) abort();
  self->len += len;
  return PLUG_OK;
}

static void restart(output *output) {
  output->sink = (plug_sink){sizeof(plug_sink), 0, output, write_output, reserve, commit};
  output->len = 0;
}

static void compare_marks(const uint8_t *data, size_t size) {
#if defined(__x86_64__)
  if (size < BEFORE + STEP) return;
  const size_t steps = (size - BEFORE) / STEP;
  marks *const both = calloc(2 * steps, sizeof *both);
  carry one = {0}, other = {0};
  mark_portable(data + BEFORE, steps, &one, both);
  fastest_mark()(data + BEFORE, steps, &other, both + steps);
  if (memcmp(both, both + steps, steps * sizeof *both) != 0) abort();
  free(both);
#else
  (void)data, (void)size;
#endif
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const char *const configs[] = {
      "{\"kinds\":[\"ipv4\",\"ipv6\",\"email\",\"token\",\"secret\",\"card\"],\"replacement\":\"<{kind}>\"}",
      "{\"kinds\":[\"ipv4\",\"email\",\"secret\"],\"replacement\":\"\"}",
      "{\"kinds\":[\"ipv6\",\"token\",\"card\"],\"replacement\":\"[redacted]\"}",
  };
  static const uint32_t go_on = PLUG_CANCEL_NONE;
  static output whole, single;
  if (size < 1) return 0;
  const char *const config = configs[data[0] % (sizeof configs / sizeof *configs)];
  data++, size--;
  compare_marks(data, size);

  plug_span lines[MAX_LINES];
  uint32_t lengths[MAX_LINES], count = 0;
  for (size_t at = 0; at < size && count < MAX_LINES;) {
    const uint8_t *const newline = memchr(data + at, '\n', size - at);
    const size_t end = newline ? (size_t)(newline - data) : size;
    lengths[count] = PLUG_TRANSFORM_SAME;
    lines[count++] = (plug_span){(uint32_t)at, (uint32_t)(end - at)};
    at = end + 1;
  }
  if (count == 0) return 0;

  plug_plugin *const plugin = NewPlugin();
  plug_error error = {.size = sizeof error};
  if (plugin->init(plugin, NULL, (plug_bytes){(const uint8_t *)config, strlen(config)}, &error) != PLUG_OK) abort();
  const plug_transform *const calls = plugin->extension(plugin, PLUG_TRANSFORM);
  void *const state = calls->state_new(plugin, &error);
  const plug_ctx ctx = {sizeof ctx, 0, &go_on, 0};
  const plug_lines batch = {.size = sizeof batch, .count = count, .spans = lines, .block = {data, size}};
  restart(&whole);
  if (calls->transform_batch(plugin, state, &ctx, &batch, lengths, &whole.sink, &error) != PLUG_OK) abort();
  uint64_t at = 0;
  for (uint32_t i = 0; i < count; i++) {
    restart(&single);
    const int32_t status =
        calls->transform(plugin, state, data + lines[i].offset, lines[i].length, &single.sink, &error);
    if (status != (lengths[i] == PLUG_TRANSFORM_SAME ? PLUG_UNCHANGED : PLUG_OK)) abort();
    if (status == PLUG_UNCHANGED) continue;
    if (lengths[i] != single.len || memcmp(whole.bytes + at, single.bytes, single.len) != 0) abort();
    at += lengths[i];
  }
  if (at != whole.len) abort();
  calls->state_free(plugin, state);
  plugin->destroy(plugin);
  return 0;
}
