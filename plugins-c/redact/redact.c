#include <plughost/config.h>
#include <plughost/plughost.h>
#include <stdlib.h>
#include <string.h>

#include "replace.h"

PLUG_MANIFEST({
  "id" : "org.plughost.redact",
  "name" : "redact",
  "version" : "0.1.0",
  "description" : "Replaces addresses, e-mail addresses, tokens, secrets and card numbers",
  "license" : "MIT",
  "extensions" : ["plug.transform/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "kinds" : {
        "type" : "array",
        "items" : {"enum" : [ "ipv4", "ipv6", "email", "token", "secret", "card" ]},
        "default" : [ "ipv4", "ipv6", "email", "token", "secret", "card" ],
        "description" : "What is replaced"
      },
      "replacement" : {
        "type" : "string",
        "default" : "[redacted]",
        "description" : "What takes its place; {kind} in it is the name of the kind"
      }
    },
    "additionalProperties" : false
  }
})

static const char *const kind_names[KINDS] = {"ipv4", "ipv6", "email", "token", "secret", "card"};

typedef struct redact {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  rules rules;
} redact;

static const redact *of(const plug_plugin *plugin) { return (const redact *)plugin; }

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Redact"; }

typedef struct kinds {
  uint32_t set;
  int unknown;
} kinds;

static int add_kind(void *context, const uint8_t *text, uint64_t len) {
  kinds *into = context;
  int kind = 0;
  while (kind < KINDS && (strlen(kind_names[kind]) != len || memcmp(kind_names[kind], text, len) != 0)) kind++;
  into->unknown = kind == KINDS;
  if (into->unknown) return 0;
  into->set |= UINT32_C(1) << kind;
  return 1;
}

static int32_t read_kinds(redact *self, plug_bytes config, plug_error *error) {
  uint8_t text[256];
  kinds given = {0, 0};
  const int found = plug_config_strings(config, "kinds", text, sizeof text, add_kind, &given);
  self->rules.kinds |= given.set;
  if (found >= 0) return PLUG_OK;
  return plug_fail(error, PLUG_ERROR_CONFIG,
                   given.unknown ? "the option \"kinds\" names a kind that is not known"
                                 : "the option \"kinds\" is not a list of names");
}

/* Makes the replacement of one kind: puts its name in the place of each {kind}. */
static int spell_out(redact *self, int kind, const uint8_t *pattern, size_t len) {
  static const char place[] = "{kind}";
  enum { PLACE = sizeof place - 1 };
  const size_t name_len = strlen(kind_names[kind]);
  /* No name is longer than "{kind}". */
  uint8_t *const text = malloc(len + 1);
  if (!text) return 0;
  size_t to = 0;
  for (size_t at = 0; at < len;) {
    if (len - at >= PLACE && memcmp(pattern + at, place, PLACE) == 0) {
      memcpy(text + to, kind_names[kind], name_len);
      to += name_len;
      at += PLACE;
    } else {
      text[to++] = pattern[at++];
    }
  }
  self->rules.replacements[kind].text = text;
  self->rules.replacements[kind].len = to;
  return 1;
}

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  (void)host;
  redact *self = (redact *)plugin;
  const int32_t status = read_kinds(self, config, error);
  if (status < 0) return status;
  uint8_t *const pattern = malloc(config.len + 1);
  if (!pattern) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the replacement");
  uint64_t len;
  int made = 1;
  const int found = plug_config_string(config, "replacement", pattern, config.len, &len);
  const int is_line = found == 1 && !memchr(pattern, '\n', len);
  for (int kind = 0; is_line && made && kind < KINDS; kind++) made = spell_out(self, kind, pattern, len);
  free(pattern);
  if (found != 1) return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"replacement\" is not a string");
  if (!is_line) return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"replacement\" has a newline in it");
  return made ? PLUG_OK : plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the replacement");
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  (void)ctx, (void)error;
  const redact *self = of(plugin);
  int32_t status = plug_put(out, "Replaces");
  for (int kind = 0; status >= 0 && kind < KINDS; kind++) {
    if (!(self->rules.kinds >> kind & 1)) continue;
    status = plug_put(out, " ");
    if (status >= 0) status = plug_put(out, kind_names[kind]);
  }
  return status;
}

static void destroy(plug_plugin *plugin) {
  for (int kind = 0; kind < KINDS; kind++) free(((redact *)plugin)->rules.replacements[kind].text);
  free(plugin);
}

/* The state of a worker is the line in work, with its buffers. */
static void *state_new(const plug_plugin *plugin, plug_error *error) {
  (void)plugin;
  line *const made = calloc(1, sizeof *made);
  if (!made) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a state");
  return made;
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  free_line(state);
  free(state);
}

static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  const plug_span span = {0, (uint32_t)len};
  uint32_t length = PLUG_TRANSFORM_SAME;
  const stretch whole = {.data = data, .len = len, .lines = &span, .lengths = &length};
  const int32_t status = replace_in(&of(plugin)->rules, state, &whole, out);
  if (status < 0) return plug_fail(error, status, "there is no room for a line");
  return length == PLUG_TRANSFORM_SAME ? PLUG_UNCHANGED : PLUG_OK;
}

static uint32_t end_of(plug_span line) { return line.offset + line.length; }

static int32_t transform_batch(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                               uint32_t *lengths, plug_sink *out, plug_error *error) {
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  const plug_span *const spans = lines->spans;
  for (uint32_t i = 0, last; i < lines->count; i = last + 1) {
    for (last = i; last + 1 < lines->count && spans[last + 1].offset == end_of(spans[last]) + 1;) last++;
    const stretch stretch = {.data = lines->block.data + spans[i].offset,
                             .len = end_of(spans[last]) - spans[i].offset,
                             .lines = spans + i,
                             .first = spans[i].offset,
                             .lengths = lengths + i};
    const int32_t status = replace_in(&of(plugin)->rules, state, &stretch, out);
    if (status < 0) return plug_fail(error, status, "there is no room for a line");
  }
  return PLUG_OK;
}

static const plug_transform transform_calls = {.size = sizeof(plug_transform),
                                               .flags = PLUG_TRANSFORM_LINEWISE,
                                               .state_new = state_new,
                                               .state_free = state_free,
                                               .transform = transform,
                                               .transform_batch = transform_batch};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin;
  return plug_same_id(id, PLUG_TRANSFORM) ? &transform_calls : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  redact *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  self->rules.mark = fastest_mark();
  return &self->plugin;
}
