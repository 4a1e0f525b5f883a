/* Calls a plugin by its calls, each on the lines of a file; callgrind counts what happens in each measured().
 * instructions LIBRARY CONFIG (CALL FILE)...; CALL is match, match_batch, scan, spans, transform, transform_batch or
 * write. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host.h"

/* Large enough for all rows; its growth would be counted. */
static uint8_t room[64 << 20];

static int32_t sink_write(plug_sink *sink, const void *data, uint64_t len) {
  return (void)sink, (void)data, (void)len, PLUG_OK;
}

static uint8_t *sink_reserve(plug_sink *sink, uint64_t len) { return (void)sink, len <= sizeof room ? room : NULL; }

static int32_t sink_commit(plug_sink *sink, uint64_t len) { return (void)sink, (void)len, PLUG_OK; }

static plug_sink sink = {sizeof(plug_sink), 0, NULL, sink_write, sink_reserve, sink_commit};
static const uint32_t go_on = PLUG_CANCEL_NONE;
static const plug_ctx ctx = {sizeof(plug_ctx), 0, &go_on, 0};
static plug_error failure = {.size = sizeof(plug_error)};

typedef struct job {
  const char *call;
  const plug_plugin *plugin;
  plug_lines lines;
  uint32_t *lengths; /* one for each line */
  uint64_t *keep;    /* a bit for each line */
  plug_span *spans;  /* as many as lines */
} job;

static int filter(const job *job, const plug_filter *calls, void *state) {
  const plug_bytes block = job->lines.block;
  if (strcmp(job->call, "scan") == 0) {
    uint64_t cursor = 0;
    while (cursor < block.len)
      if (calls->scan(job->plugin, state, &ctx, block, &cursor, job->spans, job->lines.count, &failure) < 0) return 0;
    return 1;
  }
  if (strcmp(job->call, "match_batch") == 0)
    return calls->match_batch(job->plugin, state, &ctx, &job->lines, job->keep, &failure) >= 0;
  for (uint32_t i = 0; i < job->lines.count; i++) {
    const plug_span line = job->lines.spans[i];
    if (strcmp(job->call, "spans") == 0) {
      const plug_bytes text = {block.data + line.offset, line.length};
      if (!PLUG_HAS(calls, spans) || calls->spans(job->plugin, state, &ctx, text, &sink, &failure) < 0) return 0;
    } else if (calls->match(job->plugin, state, block.data + line.offset, line.length) < 0)
      return 0;
  }
  return 1;
}

static int transform(const job *job, const plug_transform *calls, void *state) {
  const plug_bytes block = job->lines.block;
  if (strcmp(job->call, "transform_batch") == 0)
    return calls->transform_batch(job->plugin, state, &ctx, &job->lines, job->lengths, &sink, &failure) >= 0;
  for (uint32_t i = 0; i < job->lines.count; i++) {
    const plug_span line = job->lines.spans[i];
    if (calls->transform(job->plugin, state, block.data + line.offset, line.length, &sink, &failure) < 0) return 0;
  }
  return 1;
}

static int export(const job *job, const plug_exporter *calls, void *state) {
  uint32_t taken = job->lines.count;
  return calls->write(job->plugin, state, &ctx, &job->lines, &taken, &sink, &failure) >= 0;
}

__attribute__((noinline)) int measured(const job *job) {
  const char *const id = strstr(job->call, "transform") ? PLUG_TRANSFORM
                         : strcmp(job->call, "write")   ? PLUG_FILTER
                                                        : PLUG_EXPORTER;
  const void *const calls = job->plugin->extension(job->plugin, id);
  if (!calls) return 0;
  /* The three begin alike. */
  const plug_filter *const states = calls;
  void *const state = states->state_new ? states->state_new(job->plugin, &failure) : NULL;
  const int done = strcmp(id, PLUG_TRANSFORM) == 0  ? transform(job, calls, state)
                   : strcmp(id, PLUG_EXPORTER) == 0 ? export(job, calls, state)
                                                    : filter(job, calls, state);
  if (states->state_new) states->state_free(job->plugin, state);
  return done;
}

static uint8_t *read_file(const char *path, uint64_t *len) {
  FILE *const file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) return NULL;
  *len = (uint64_t)ftell(file);
  rewind(file);
  uint8_t *const data = malloc(*len + 1);
  return data && fread(data, 1, *len, file) == *len ? data : NULL;
}

/* Has the call made on the lines of the file. */
static int make_call(const plug_plugin *plugin, const char *call, const char *path) {
  uint64_t len;
  uint8_t *const data = read_file(path, &len);
  if (!data) return perror(path), 2;
  plug_span *const spans = calloc(len + 1, sizeof *spans);
  uint32_t count = 0;
  for (uint64_t at = 0; at < len;) {
    const uint8_t *const newline = memchr(data + at, '\n', len - at);
    const uint64_t end = newline ? (uint64_t)(newline - data) : len;
    spans[count++] = (plug_span){(uint32_t)at, (uint32_t)(end - at)};
    at = end + 1;
  }
  job job = {.call = call, .plugin = plugin};
  job.lines = (plug_lines){.size = sizeof(plug_lines), .count = count, .spans = spans, .block = {data, len}};
  job.lengths = malloc((count + 1) * sizeof *job.lengths);
  memset(job.lengths, 0xff, (count + 1) * sizeof *job.lengths);
  job.keep = calloc(count / 64 + 1, sizeof *job.keep);
  job.spans = calloc(count + 1, sizeof *job.spans);
  if (!measured(&job)) return fprintf(stderr, "%s failed: %s\n", call, failure.message), 2;
  return 0;
}

/* NewPlugin is a function that makes one, or the plugin itself; its entry in the table of symbols tells. */
static plug_plugin *plugin_of(void *found) {
  Dl_info info;
  const ElfW(Sym) *symbol = NULL;
  if (!found || !dladdr1(found, &info, (void **)&symbol, RTLD_DL_SYMENT) || !symbol) return NULL;
  if (ELF64_ST_TYPE(symbol->st_info) == STT_OBJECT) return found;
  plug_plugin *(*make)(void);
  *(void **)&make = found;
  return make();
}

int main(int argc, char **argv) {
  if (argc < 5 || argc % 2 == 0) return 2;
  void *const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  if (!library) return fputs(dlerror(), stderr), 2;
  plug_plugin *const plugin = plugin_of(dlsym(library, "NewPlugin"));
  if (!plugin) return 2;
  const plug_bytes config = {(const uint8_t *)argv[2], strlen(argv[2])};
  if (plugin->init && plugin->init(plugin, &host, config, &failure) < 0) return fputs(failure.message, stderr), 2;
  int status = 0;
  for (int i = 3; i < argc && status == 0; i += 2) status = make_call(plugin, argv[i], argv[i + 1]);
  return status;
}
