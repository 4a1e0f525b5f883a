/* plughost: makes a WebAssembly module of a plugin
 *
 * Compile this file together with the sources of a plugin, which need no change; docs/forms/wasm.md has the command. It
 * calls the plugin's NewPlugin, and exports flat functions of numbers that the host calls. So the host follows no
 * pointer of the module but those that these functions return, each of which it checks.
 *
 * A module serves one worker: the host makes a module's memory for each, and ends the memory as a whole. So destroy and
 * state_free are never called. If NewPlugin is a data object, compile with -DPLUGHOST_NEWPLUGIN_IS_DATA.
 *
 * A module of another language exports the same functions, and plug_manifest, a global with the address of the
 * manifest.
 */
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT(name) __attribute__((export_name("plughost_" #name)))
#define IMPORT(name) __attribute__((import_module("plughost"), import_name(#name)))

/* What a module may import. */
IMPORT(log) void host_log(int32_t level, const uint8_t *text, uint32_t len);
IMPORT(now_ns) uint64_t host_now_ns(void);

#ifdef PLUGHOST_NEWPLUGIN_IS_DATA
extern plug_plugin NewPlugin;
static plug_plugin *new_plugin(void) { return &NewPlugin; }
#else
plug_plugin *NewPlugin(void);
static plug_plugin *new_plugin(void) { return NewPlugin(); }
#endif

static plug_plugin *plugin;
static const plug_filter *filter;
static const plug_transform *transform;
static const plug_exporter *exporter;
static void *state; /* of the one kind that this module was started for */
static plug_error error = {.size = sizeof(plug_error)};

static void log_message(const plug_host *host, int32_t level, plug_bytes message) {
  (void)host;
  host_log(level, message.data, (uint32_t)message.len);
}
static uint64_t now_ns(const plug_host *host) { return (void)host, host_now_ns(); }
static const void *no_extension(const plug_host *host, const char *id) { return (void)host, (void)id, NULL; }

static const plug_host host = {.size = sizeof(plug_host),
                               .abi_major = PLUG_ABI_MAJOR,
                               .abi_minor = PLUG_ABI_MINOR,
                               .log = log_message,
                               .now_ns = now_ns,
                               .extension = no_extension};

static uint32_t cancel;
static plug_ctx ctx = {.size = sizeof(plug_ctx), .cancel = &cancel};

/* What the last call has written. It grows, and keeps its memory for the next call. */
static struct {
  uint8_t *data;
  uint32_t len;
} output;
static uint32_t capacity;

static uint8_t *reserve(plug_sink *sink, uint64_t len) {
  (void)sink;
  if (len > UINT32_MAX / 2 - output.len) return NULL;
  const uint32_t needed = output.len + (uint32_t)len;
  if (needed > capacity || !output.data) {
    /* A quarter more, because the memory of a module is small beside its longest line. */
    uint32_t more = capacity + capacity / 4 + 4096;
    if (more < needed) more = needed;
    uint8_t *data = realloc(output.data, more);
    if (!data) return NULL;
    output.data = data;
    capacity = more;
  }
  return output.data + output.len;
}

static int32_t commit(plug_sink *sink, uint64_t len) {
  (void)sink;
  if (len > capacity - output.len) return PLUG_ERROR_INVALID;
  output.len += (uint32_t)len;
  return PLUG_OK;
}

static int32_t write(plug_sink *sink, const void *data, uint64_t len) {
  uint8_t *const to = reserve(sink, len);
  if (!to) return PLUG_ERROR_NOMEM;
  memcpy(to, data, (size_t)len);
  return commit(sink, len);
}

static plug_sink sink = {.size = sizeof(plug_sink), .write = write, .reserve = reserve, .commit = commit};

/* Empties the output and the error of the call before. */
static void begin_call(void) {
  output.len = 0;
  error.code = 0;
  error.len = 0;
  error.offset = UINT64_MAX;
}

/* The version of these functions. */
EXPORT(interface) uint32_t version_of_interface(void) { return 1; }

/* Returns memory for what the host passes to the next calls: at least `size` bytes, or null. Valid until the next call.
 */
EXPORT(room) void *room(uint32_t size) {
  static void *memory;
  static uint32_t has;
  if (size <= has) return memory;
  free(memory);
  memory = aligned_alloc(16, (size + 15) & ~(size_t)15);
  has = memory ? size : 0;
  return memory;
}

/* Returns where the error of the last call is. Its layout is the same on every machine. */
EXPORT(error) const plug_error *error_of_call(void) { return &error; }

/* Returns where the address and the length of the last call's output are. */
EXPORT(output) const void *output_of_call(void) { return &output; }

/* Sets the context of the calls that follow. */
EXPORT(context) void context(uint32_t worker, uint32_t cancelled, uint64_t deadline_ns) {
  ctx.worker = worker;
  ctx.deadline_ns = deadline_ns;
  cancel = cancelled;
}

EXPORT(init) int32_t init(const uint8_t *config, uint32_t len) {
  begin_call();
  plugin = new_plugin();
  if (!plugin) return plug_fail(&error, PLUG_ERROR_INTERNAL, "NewPlugin gave null");
  if (plugin->magic != PLUG_MAGIC || plugin->abi_major != PLUG_ABI_MAJOR)
    return plug_fail(&error, PLUG_ERROR_ABI, "NewPlugin gave no plug_plugin of this version of the contract");
  const int32_t status = plugin->init ? plugin->init(plugin, &host, (plug_bytes){config, len}, &error) : PLUG_OK;
  if (status == PLUG_OK && plugin->extension) {
    filter = plugin->extension(plugin, PLUG_FILTER);
    transform = plugin->extension(plugin, PLUG_TRANSFORM);
    exporter = plugin->extension(plugin, PLUG_EXPORTER);
  }
  return status;
}

/* Returns the flags of a kind that the plugin offers, or -1: 0 filter, 1 transform, 2 exporter. */
EXPORT(offers) int32_t offers(uint32_t kind) {
  if (kind == 0 && filter) {
    const int32_t scans = PLUG_HAS(filter, scan) ? 1 << 16 : 0;
    return (int32_t)filter->flags | scans | (PLUG_HAS(filter, spans) ? 1 << 17 : 0);
  }
  if (kind == 1 && transform) return (int32_t)transform->flags;
  if (kind == 2 && exporter) return (int32_t)exporter->flags;
  return -1;
}

/* Writes a literal of the filter to the output. Returns 1, or 0 if there is no such literal. */
EXPORT(literal) int32_t literal(uint32_t index) {
  begin_call();
  plug_bytes text;
  if (!filter || !PLUG_HAS(filter, literal)) return 0;
  const int32_t found = filter->literal(plugin, index, &text);
  if (found != 1) return found;
  const int32_t status = write(&sink, text.data, text.len);
  return status < 0 ? status : 1;
}

/* Makes the state of this module's worker, for one kind. */
EXPORT(start) int32_t start(uint32_t kind) {
  void *(*make)(const plug_plugin *, plug_error *) = NULL;
  begin_call();
  if (kind == 0 && filter) make = filter->state_new;
  if (kind == 1 && transform) make = transform->state_new;
  if (kind == 2 && exporter) make = exporter->state_new;
  if (!make) return PLUG_OK;
  state = make(plugin, &error);
  if (state) return PLUG_OK;
  return error.code < 0 ? error.code : plug_fail(&error, PLUG_ERROR_INTERNAL, "state_new gave null without an error");
}

EXPORT(run) int32_t run(void) {
  begin_call();
  return plugin->run(plugin, &ctx, &sink, &error);
}

static plug_lines lines_of(const uint8_t *block, uint32_t len, const plug_span *spans, const uint64_t *origins,
                           uint32_t count) {
  return (plug_lines){
      .size = sizeof(plug_lines), .count = count, .spans = spans, .block = {block, len}, .origins = origins};
}

/* Sets the bits of kept lines in keep, which is all 0. */
EXPORT(match_batch)
int32_t match_batch(const uint8_t *block, uint32_t len, const plug_span *spans, const uint64_t *origins, uint32_t count,
                    uint64_t *keep) {
  begin_call();
  if (PLUG_HAS(filter, match_batch)) {
    const plug_lines lines = lines_of(block, len, spans, origins, count);
    return filter->match_batch(plugin, state, &ctx, &lines, keep, &error);
  }
  for (uint32_t i = 0; i < count; i++) {
    const int32_t kept = filter->match(plugin, state, block + spans[i].offset, spans[i].length);
    if (kept != 0 && kept != 1)
      return kept < 0 ? kept : plug_fail(&error, PLUG_ERROR_PANIC, "match gave neither 0 nor 1");
    keep[i / 64] |= (uint64_t)kept << i % 64;
  }
  return PLUG_OK;
}

EXPORT(scan)
int64_t scan(const uint8_t *block, uint32_t len, uint64_t *cursor, plug_span *spans, uint32_t cap) {
  begin_call();
  return filter->scan(plugin, state, &ctx, (plug_bytes){block, len}, cursor, spans, cap, &error);
}

/* Writes the spans of a line to the output. */
EXPORT(spans) int32_t spans_of(const uint8_t *line, uint32_t len) {
  begin_call();
  return filter->spans(plugin, state, &ctx, (plug_bytes){line, len}, &sink, &error);
}

/* Writes the lines that replace others to the output. lengths is all PLUG_TRANSFORM_SAME. */
EXPORT(transform_batch)
int32_t transform_batch(const uint8_t *block, uint32_t len, const plug_span *spans, const uint64_t *origins,
                        uint32_t count, uint32_t *lengths) {
  begin_call();
  if (PLUG_HAS(transform, transform_batch)) {
    const plug_lines lines = lines_of(block, len, spans, origins, count);
    return transform->transform_batch(plugin, state, &ctx, &lines, lengths, &sink, &error);
  }
  for (uint32_t i = 0; i < count; i++) {
    const uint32_t before = output.len;
    const int32_t status = transform->transform(plugin, state, block + spans[i].offset, spans[i].length, &sink, &error);
    if (status == PLUG_UNCHANGED) continue;
    if (status != PLUG_OK) return status;
    lengths[i] = output.len - before;
  }
  return PLUG_OK;
}

EXPORT(begin) int32_t begin(void) {
  begin_call();
  return PLUG_HAS(exporter, begin) ? exporter->begin(plugin, state, &ctx, &sink, &error) : PLUG_OK;
}

/* Writes the rows of lines to the output. numbers and name may be null. */
EXPORT(write)
int32_t write_lines(const uint8_t *block, uint32_t len, const plug_span *spans, const uint64_t *origins,
                    const uint64_t *numbers, uint32_t count, uint32_t input, const uint8_t *name, uint32_t name_len) {
  begin_call();
  const plug_bytes input_name = {name, name_len};
  plug_lines lines = lines_of(block, len, spans, origins, count);
  lines.numbers = numbers;
  lines.input = input;
  lines.input_name = name ? &input_name : NULL;
  for (;;) {
    uint32_t taken = lines.count;
    const int32_t status = exporter->write(plugin, state, &ctx, &lines, &taken, &sink, &error);
    if (status != PLUG_ERROR_AGAIN || taken == 0 || taken >= lines.count) return status;
    /* The output still has room for the others. */
    lines.count -= taken;
    lines.spans += taken;
    lines.origins += taken;
    if (lines.numbers) lines.numbers += taken;
  }
}

EXPORT(end) int32_t end(void) {
  begin_call();
  return PLUG_HAS(exporter, end) ? exporter->end(plugin, state, &ctx, &sink, &error) : PLUG_OK;
}
