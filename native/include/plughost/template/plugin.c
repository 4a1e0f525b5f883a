/* A complete plugin to copy. It looks for a text, and offers every kind:
 *
 *   filter      keeps the lines that contain the text
 *   transform   puts another text in its place
 *   exporter    writes each line after the byte offset where it begins
 *
 * Keep what you need and delete the rest. A kind consists of its functions, its struct, a line in `extension`, and its
 * id in the manifest. docs/writing-plugins-c.md explains each step; the headers say what each function may rely on.
 *
 *   cmake -S . -B build -Dplughost_DIR=<plughost>/cmake && cmake --build build
 *   plughost run --filter ./build/libtemplate.so -p text=error FILE
 */
#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The host reads the manifest from the file, before it runs any code of the plugin. */
PLUG_MANIFEST({
  "id" : "org.example.template",
  "name" : "template",
  "version" : "1.0.0",
  "description" : "Looks for a text: keeps its lines, replaces it, writes where it is",
  "license" : "MIT",
  "extensions" : [ "plug.filter/1", "plug.transform/1", "plug.exporter/1" ],
  "config" : {
    "type" : "object",
    "properties" : {
      "text" : {"type" : "string", "minLength" : 1, "format" : "bytes", "description" : "The text to look for"},
      "by" : {"type" : "string", "default" : "*", "format" : "bytes", "description" : "What takes its place"}
    },
    "required" : ["text"],
    "additionalProperties" : false
  }
})

/* ---- The plugin ------------------------------------------------------------------------------------------------ */

/* One instance. All workers share it, so nothing in it changes after init. */
typedef struct template_plugin {
  plug_plugin plugin; /* first, so that a pointer to one is a pointer to the other */
  const plug_host *host;
  uint8_t *text, *by;
  uint64_t text_len, by_len;
} template_plugin;

/* What one worker remembers between its calls. Each worker has a state of its own, so no call needs a lock. */
typedef struct template_state {
  uint64_t lines;
} template_state;

static const template_plugin *self_of(const plug_plugin *plugin) { return (const template_plugin *)plugin; }

/* Returns the name that people see. [any] */
static const char *name(const plug_plugin *plugin) { return (void)plugin, "Template"; }

/* Reads the config, once, before any other call but name and extension. The config is borrowed: copy what you keep. The
 * host is valid until destroy returns. On an error return plug_fail; the host then calls destroy. [control] */
static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  template_plugin *const self = (template_plugin *)plugin;
  self->host = host;
  /* No text in the config is longer than the config. */
  self->text = malloc(config.len + 1);
  self->by = malloc(config.len + 1);
  if (!self->text || !self->by) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the options");
  if (plug_config_string(config, "text", self->text, config.len, &self->text_len) != 1 || self->text_len == 0)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"text\" is not a text");
  if (plug_config_string(config, "by", self->by, config.len, &self->by_len) != 1)
    return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"by\" is not a text");
  if (memchr(self->text, '\n', self->text_len) || memchr(self->by, '\n', self->by_len))
    return plug_fail(error, PLUG_ERROR_CONFIG, "an option has a newline in it, which no line can contain");
  static const char ready[] = "ready";
  host->log(host, PLUG_LOG_DEBUG, (plug_bytes){(const uint8_t *)ready, sizeof ready - 1});
  return PLUG_OK;
}

/* Does the plugin's own job, which `plughost load` shows: it writes a text to the sink. A call that takes long polls
 * plug_cancelled(ctx). [control] */
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)error;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const int32_t status = plug_put(out, "Looks for ");
  return status < 0 ? status : out->write(out, self_of(plugin)->text, self_of(plugin)->text_len);
}

/* Frees the instance. No call is running, and none follows; the states are freed before. Also called when init failed.
 * [control] */
static void destroy(plug_plugin *plugin) {
  free(((template_plugin *)plugin)->text);
  free(((template_plugin *)plugin)->by);
  free(plugin);
}

/* ---- States, which all kinds here share ------------------------------------------------------------------------ */

/* Returns the state of one worker, or null with *error filled. [any] */
static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  template_state *const state = calloc(1, sizeof *state);
  if (!state) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a worker");
  return state;
}

/* Frees a state. [any] */
static void state_free(const plug_plugin *plugin, void *state) { (void)plugin, free(state); }

/* Returns where the text is in data, from `from` on; or len. */
static uint64_t find(const template_plugin *self, const uint8_t *data, uint64_t len, uint64_t from) {
  while (from < len && len - from >= self->text_len) {
    const uint8_t *const first = memchr(data + from, self->text[0], len - from - self->text_len + 1);
    if (!first) break;
    if (memcmp(first, self->text, self->text_len) == 0) return (uint64_t)(first - data);
    from = (uint64_t)(first - data) + 1;
  }
  return len;
}

/* ---- plug.filter/1 --------------------------------------------------------------------------------------------- */

/* Returns 1 to keep a line, 0 to drop it. The line has no newline, and may hold any other byte. Mandatory. [worker] */
static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  ((template_state *)state)->lines++;
  return find(self_of(plugin), data, len, 0) < len;
}

/* Sets bit i of keep when line i is kept: one call for many lines. Optional: the host calls match instead. [worker] */
static int32_t match_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint64_t *keep, plug_error *error) {
  if (plug_cancelled(ctx)) return plug_fail(error, PLUG_ERROR_CANCELLED, "cancelled");
  for (uint32_t i = 0; i < lines->count; i++)
    if (match(plugin, state, lines->block.data + lines->spans[i].offset, lines->spans[i].length))
      keep[i / 64] |= UINT64_C(1) << i % 64;
  return PLUG_OK;
}

/* Searches a block for kept lines, so that the host need not split the others. Optional. [worker] */
static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  (void)state;
  if (plug_cancelled(ctx)) return plug_fail(error, PLUG_ERROR_CANCELLED, "cancelled");
  int64_t count = 0;
  while (count < (int64_t)cap) {
    const uint64_t at = find(self_of(plugin), block.data, block.len, *cursor);
    if (at == block.len) {
      *cursor = block.len;
      break;
    }
    uint64_t begin = at;
    while (begin > *cursor && block.data[begin - 1] != '\n') begin--;
    const uint8_t *const newline = memchr(block.data + at, '\n', block.len - at);
    const uint64_t end = newline ? (uint64_t)(newline - block.data) : block.len;
    spans[count++] = (plug_span){(uint32_t)begin, (uint32_t)(end - begin)};
    *cursor = newline ? end + 1 : end;
  }
  return count;
}

/* Returns a text that every kept line holds, so that the host may ask only about such lines. Optional. [any] */
static int32_t literal(const plug_plugin *plugin, uint32_t index, plug_bytes *text) {
  const template_plugin *const self = self_of(plugin);
  if (index > 0 || self->text_len > PLUG_LITERAL_MAX) return 0;
  *text = (plug_bytes){self->text, self->text_len};
  return 1;
}

/* Writes where in a kept line the text is; the host marks these places. Optional. [worker] */
static int32_t spans(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes line, plug_sink *out,
                     plug_error *error) {
  (void)state, (void)ctx, (void)error;
  const template_plugin *const self = self_of(plugin);
  for (uint64_t at = find(self, line.data, line.len, 0); at < line.len;
       at = find(self, line.data, line.len, at + self->text_len)) {
    const int32_t status = plug_put_span(out, at, self->text_len);
    if (status < 0) return status;
  }
  return PLUG_OK;
}

static const plug_filter filter = {
    .size = sizeof filter,
    .flags = PLUG_FILTER_LINEWISE, /* the answer depends on the line alone */
    .state_new = state_new,
    .state_free = state_free,
    .match = match,
    .match_batch = match_batch,
    .scan = scan,
    .literal = literal,
    .spans = spans,
};

/* ---- plug.transform/1 ------------------------------------------------------------------------------------------ */

/* Writes the lines that take the place of a line, each ended by a newline; or returns PLUG_UNCHANGED and writes
 * nothing. Mandatory. [worker] */
static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  (void)error;
  const template_plugin *const self = self_of(plugin);
  ((template_state *)state)->lines++;
  uint64_t done = 0;
  uint64_t at = find(self, data, len, 0);
  if (at == len) return PLUG_UNCHANGED;
  int32_t status = PLUG_OK;
  for (; at < len && status == PLUG_OK; at = find(self, data, len, done)) {
    status = out->write(out, data + done, at - done);
    if (status == PLUG_OK) status = out->write(out, self->by, self->by_len);
    done = at + self->text_len;
  }
  if (status == PLUG_OK) status = out->write(out, data + done, len - done);
  return status == PLUG_OK ? out->write(out, "\n", 1) : status;
}

/* A transform may also offer transform_batch: many lines in one call, as match_batch of a filter. */
static const plug_transform transforms = {
    .size = sizeof transforms,
    .flags = PLUG_TRANSFORM_LINEWISE,
    .state_new = state_new,
    .state_free = state_free,
    .transform = transform,
};

/* ---- plug.exporter/1 ------------------------------------------------------------------------------------------- */

/* Writes what comes before the first line. Optional. [worker] */
static int32_t begin(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)state, (void)ctx, (void)error, plug_put(out, "offset\tline\n");
}

/* Writes the next lines. PLUG_OK means that all of them are written. When the sink has no room for a line
 * (PLUG_ERROR_AGAIN), report the lines before it in *taken: the host makes room and calls again with the rest.
 * Mandatory. [worker] */
static int32_t write_lines(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                           uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)plugin, (void)state, (void)ctx;
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    enum { HEAD = 24 }; /* digits of an offset, a tab, a NUL */
    /* Building in place takes a line whole or not at all. */
    uint8_t *const row = out->reserve(out, HEAD + (uint64_t)line.length + 1);
    if (!row) {
      *taken = i;
      return i > 0 ? PLUG_ERROR_AGAIN : plug_fail(error, PLUG_ERROR_NOMEM, "there is no room for one line");
    }
    const int digits = snprintf((char *)row, HEAD, "%llu\t", (unsigned long long)plug_line_offset(lines, i));
    memcpy(row + digits, lines->block.data + line.offset, line.length);
    row[digits + line.length] = '\n';
    const int32_t status = out->commit(out, (uint64_t)digits + line.length + 1);
    if (status < 0) return status;
  }
  return PLUG_OK;
}

/* Writes what comes after the last line. Optional. [worker] */
static int32_t end(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)state, (void)ctx, (void)error, plug_put(out, "end\n");
}

static const plug_exporter exporter = {
    .size = sizeof exporter,
    .flags = PLUG_EXPORTER_ROWWISE, /* the bytes of a line depend on that line alone */
    .state_new = state_new,
    .state_free = state_free,
    .begin = begin,
    .write = write_lines,
    .end = end,
};

/* ---- What the host looks up ------------------------------------------------------------------------------------ */

/* Returns the struct of a kind that the plugin offers, or null. The answer for an id never changes. [any] */
static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  if (plug_same_id(id, PLUG_FILTER)) return &filter;
  if (plug_same_id(id, PLUG_TRANSFORM)) return &transforms;
  if (plug_same_id(id, PLUG_EXPORTER)) return &exporter;
  return NULL;
}

/* The one symbol of the library: returns a fresh instance, or null when there is no memory. */
PLUG_EXPORT plug_plugin *NewPlugin(void) {
  template_plugin *const made = calloc(1, sizeof *made);
  if (!made) return NULL;
  made->plugin = (plug_plugin){
      PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run, .destroy = destroy, .extension = extension,
  };
  return &made->plugin;
}
