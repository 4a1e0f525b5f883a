/* A filter, transform and exporter that works well, except that it commits a fault at a line that contains POISON. */
#include <fcntl.h>
#include <plughost/config.h>
#include <stdlib.h>
#include <string.h>

#include "fault.h"

#define NAME_OF(name) #name
#define TEXT_OF(name) NAME_OF(name)

#ifdef CONSTRUCTOR_FAULT
__attribute__((constructor)) static void at_load(void) {
  const scene at = {0};
  find_fault(TEXT_OF(CONSTRUCTOR_FAULT))->commit(&at);
}
#endif

PLUG_MANIFEST({
  "id" : "org.plughost.misbehaving",
  "name" : "misbehaving",
  "version" : "0.1.0",
  "description" : "Commits a fault by name",
  "extensions" : [ "plug.filter/1", "plug.transform/1", "plug.exporter/1" ],
  "config" : {
    "type" : "object",
    "properties" : {
      "fault" : {"type" : "string", "default" : ""},
      "poison" : {"type" : "string", "default" : "POISON"},
      "at" : {"type" : "string", "default" : "filter"},
      "note" : {"type" : "string", "default" : ""},
      "stateful" : {"type" : "boolean", "default" : false}
    }
  }
})

typedef struct misbehaving {
  plug_plugin plugin;
  plug_filter filter;
  const plug_host *host;
  char name[64], at[64], poison[64], note[256];
  const fault *fault; /* null: a fault in results, or none */
} misbehaving;

static const fault *const themes[] = {memory_faults,    signal_faults,  exit_faults,   hang_faults,
                                      resource_faults,  thread_faults,  print_faults,  process_faults,
                                      exception_faults, overrun_faults, setting_faults};

const fault *find_fault(const char *name) {
  for (size_t i = 0; i < sizeof themes / sizeof *themes; i++)
    for (const fault *found = themes[i]; found->name; found++)
      if (strcmp(found->name, name) == 0) return found;
  return NULL;
}

static const misbehaving *of(const plug_plugin *plugin) { return (const misbehaving *)plugin; }
static int is_at(const misbehaving *self, const char *place) { return strcmp(self->at, place) == 0; }
static int is_named(const misbehaving *self, const char *name) { return strcmp(self->name, name) == 0; }

static int poisoned(const misbehaving *self, const char *place, const uint8_t *line, uint64_t len) {
  return self->name[0] && is_at(self, place) && memmem(line, len, self->poison, strlen(self->poison)) != NULL;
}

static void commit(const misbehaving *self, scene at) {
  at.host = self->host;
  at.note = self->note;
  /* Only once: the first process creates the file that the note names. */
  if (is_named(self, "once") && open(self->note, O_CREAT | O_EXCL | O_WRONLY, 0600) >= 0) abort();
  if (self->fault) self->fault->commit(&at);
}

static const char *name(const plug_plugin *plugin) {
  if (is_at(of(plugin), "name")) commit(of(plugin), (scene){0});
  return "Misbehaving";
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  misbehaving *self = (misbehaving *)plugin;
  (void)error;
  self->host = host;
  const struct {
    const char *key;
    char *to;
    uint64_t room;
  } texts[] = {{"fault", self->name, sizeof self->name},
               {"at", self->at, sizeof self->at},
               {"poison", self->poison, sizeof self->poison},
               {"note", self->note, sizeof self->note}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    uint64_t len = 0;
    if (plug_config_string(config, texts[i].key, (uint8_t *)texts[i].to, texts[i].room - 1, &len) == 1)
      texts[i].to[len] = 0;
  }
  int stateful = 0;
  plug_config_bool(config, "stateful", &stateful);
  if (stateful) self->filter.flags = 0;
  self->fault = find_fault(self->name);
  if (is_at(self, "init")) commit(self, (scene){0});
  return PLUG_OK;
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)ctx, (void)error;
  if (is_at(of(plugin), "run")) commit(of(plugin), (scene){.out = out});
  return plug_put(out, "did its own job");
}

static void destroy(plug_plugin *plugin) {
  if (is_at(of(plugin), "destroy")) commit(of(plugin), (scene){0});
  free(plugin);
}

/* The filter keeps lines that hold "ERROR". */
static int32_t keeps(const uint8_t *line, uint64_t len) { return memmem(line, len, "ERROR", 5) != NULL; }

static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  const misbehaving *self = of(plugin);
  (void)state;
  if (poisoned(self, "filter", data, len)) {
    if (is_named(self, "answer-7")) return 7;
    if (is_named(self, "answer-panic")) return PLUG_ERROR_PANIC;
    commit(self, (scene){.line = data, .len = len});
  }
  return keeps(data, len);
}

static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  const misbehaving *self = of(plugin);
  (void)state, (void)ctx, (void)error;
  uint32_t count = 0;
  while (*cursor < block.len && count < cap) {
    const uint8_t *line = block.data + *cursor;
    const uint8_t *newline = memchr(line, '\n', block.len - *cursor);
    const uint64_t len = newline ? (uint64_t)(newline - line) : block.len - *cursor;
    if (poisoned(self, "filter", line, len)) {
      const uint32_t begin = (uint32_t)*cursor;
      if (is_named(self, "count-too-large")) return (int64_t)cap + 1;
      if (is_named(self, "count-enormous")) return INT64_MAX;
      if (is_named(self, "status-unknown")) return -77;
      if (is_named(self, "cursor-stays")) return count;
      if (is_named(self, "cursor-outside")) return *cursor = block.len + 1, count;
      if (is_named(self, "cursor-in-line")) return *cursor += len / 2 + 1, count;
      const plug_span wrong = is_named(self, "span-outside")    ? (plug_span){(uint32_t)block.len + 5, 10}
                              : is_named(self, "span-part")     ? (plug_span){begin, (uint32_t)(len / 2)}
                              : is_named(self, "span-two")      ? (plug_span){begin, (uint32_t)len + 3}
                              : is_named(self, "span-enormous") ? (plug_span){begin, UINT32_MAX}
                              : is_named(self, "span-behind")   ? (plug_span){0, 0}
                                                                : (plug_span){0, UINT32_MAX - 1};
      if (strncmp(self->name, "span-", 5) == 0) {
        spans[count++] = (plug_span){begin, (uint32_t)len};
        if (count < cap) spans[count++] = wrong;
        *cursor = newline ? *cursor + len + 1 : block.len;
        return count;
      }
      commit(self, (scene){.line = line, .len = len, .spans = spans, .cap = cap});
    }
    if (keeps(line, len)) spans[count++] = (plug_span){(uint32_t)*cursor, (uint32_t)len};
    *cursor = newline ? *cursor + len + 1 : block.len;
  }
  return count;
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)error;
  if (is_at(of(plugin), "state_new")) commit(of(plugin), (scene){0});
  return (void *)(uintptr_t)1;
}
static void state_free(const plug_plugin *plugin, void *state) { (void)plugin, (void)state; }

/* The transform puts "[…]" around lines with "WARN". */
static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  const misbehaving *self = of(plugin);
  (void)state, (void)error;
  if (poisoned(self, "transform", data, len)) {
    if (is_named(self, "no-newline")) return out->write(out, "x", 1);
    if (is_named(self, "unchanged-and-written")) return out->write(out, "x\n", 2), PLUG_UNCHANGED;
    if (is_named(self, "too-much")) {
      static char much[1 << 20];
      memset(much, '\n', sizeof much);
      for (int i = 0; i < 4096; i++) out->write(out, much, sizeof much);
      return PLUG_OK;
    }
    commit(self, (scene){.line = data, .len = len, .out = out});
  }
  if (!memmem(data, len, "WARN", 4)) return PLUG_UNCHANGED;
  out->write(out, "[", 1);
  out->write(out, data, len);
  return out->write(out, "]\n", 2);
}

/* The exporter writes "(…)". */
static int32_t export_lines(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                            uint32_t *taken, plug_sink *out, plug_error *error) {
  const misbehaving *self = of(plugin);
  (void)state, (void)ctx, (void)error, (void)taken;
  for (uint32_t i = 0; i < lines->count; i++) {
    const uint8_t *line = lines->block.data + lines->spans[i].offset;
    const uint32_t len = lines->spans[i].length;
    if (poisoned(self, "exporter", line, len)) {
      if (is_named(self, "again-for-nothing")) return *taken = 0, PLUG_ERROR_AGAIN;
      commit(self, (scene){.line = line, .len = len, .out = out});
    }
    out->write(out, "(", 1);
    out->write(out, line, len);
    out->write(out, ")\n", 2);
  }
  return PLUG_OK;
}

static const plug_transform changes = {
    .size = sizeof(plug_transform), .flags = PLUG_TRANSFORM_LINEWISE, .transform = transform};
static const plug_exporter exporter = {
    .size = sizeof(plug_exporter), .flags = PLUG_EXPORTER_ROWWISE, .write = export_lines};

static const void *extension(const plug_plugin *plugin, const char *id) {
  if (is_at(of(plugin), "extension")) commit(of(plugin), (scene){0});
  if (plug_same_id(id, PLUG_FILTER)) return &of(plugin)->filter;
  if (plug_same_id(id, PLUG_TRANSFORM)) return &changes;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
#ifdef NEW_PLUGIN_GIVES
  const char *const gift = TEXT_OF(NEW_PLUGIN_GIVES);
  if (strcmp(gift, "crash") == 0) find_fault("null-read")->commit(&(scene){0});
  return strcmp(gift, "wild") == 0 ? (plug_plugin *)16 : NULL;
#else
  misbehaving *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->filter = (plug_filter){.size = sizeof(plug_filter),
                               .flags = PLUG_FILTER_LINEWISE,
                               .state_new = state_new,
                               .state_free = state_free,
                               .match = match,
                               .scan = scan};
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
#endif
}
