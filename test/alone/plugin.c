/* A filter that keeps every line, and that is told how to behave when somebody wants an end of it: in `run`, and when
 * the process ends. */
#include <fcntl.h>
#include <plughost/config.h>
#include <plughost/plughost.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

PLUG_MANIFEST({
  "id" : "org.plughost.alone",
  "name" : "alone",
  "version" : "0.1.0",
  "description" : "Behaves as it is told when things end",
  "extensions" : ["plug.filter/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "run" : {"type" : "string", "default" : ""},
      "atExit" : {"type" : "string", "default" : ""},
      "count" : {"type" : "string", "default" : ""},
      "started" : {"type" : "string", "default" : ""}
    }
  }
})

typedef struct alone {
  plug_plugin plugin;
  char run[16], at_exit[16], count[256], started[256];
} alone;

/* Of the process, like those who run it. */
static char at_exit_does[16];

static void append(const char *file, char byte) {
  const int fd = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0 || write(fd, &byte, 1) != 1) abort();
  close(fd);
}

static void nap(void) { nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL); }

static void at_exit(void) {
  if (strcmp(at_exit_does, "_exit") == 0) _exit(0);
  if (strcmp(at_exit_does, "print") == 0 && write(STDOUT_FILENO, "at exit\n", 8) < 0) abort();
  if (strcmp(at_exit_does, "crash") == 0) raise(SIGSEGV);
  while (strcmp(at_exit_does, "hang") == 0) nap();
}

__attribute__((destructor)) static void destructor(void) { at_exit(); }

static const char *name(const plug_plugin *plugin) { return (void)plugin, "Alone"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  alone *self = (alone *)plugin;
  (void)host, (void)error;
  const struct {
    const char *key;
    char *to;
    uint64_t room;
  } texts[] = {{"run", self->run, sizeof self->run},
               {"atExit", self->at_exit, sizeof self->at_exit},
               {"count", self->count, sizeof self->count},
               {"started", self->started, sizeof self->started}};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
    uint64_t len = 0;
    if (plug_config_string(config, texts[i].key, (uint8_t *)texts[i].to, texts[i].room - 1, &len) == 1)
      texts[i].to[len] = 0;
  }
  if (self->at_exit[0]) memcpy(at_exit_does, self->at_exit, sizeof at_exit_does), atexit(at_exit);
  return PLUG_OK;
}

/* `wait`: until it is cancelled. `deaf`: for ever. `write`: into a file of C that it leaves open. */
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  const alone *self = (const alone *)plugin;
  (void)error;
  if (self->started[0]) append(self->started, 's');
  while (strcmp(self->run, "deaf") == 0) nap();
  if (strcmp(self->run, "wait") == 0) {
    while (!plug_cancelled(ctx)) nap();
    if (self->count[0]) append(self->count, 'c');
    return PLUG_ERROR_CANCELLED;
  }
  if (strcmp(self->run, "write") == 0) fputs("written", fopen(self->count, "we"));
  return plug_put(out, "done");
}

static void destroy(plug_plugin *plugin) {
  const alone *self = (const alone *)plugin;
  if (strcmp(self->run, "wait") == 0 && self->count[0]) append(self->count, 'd');
  free(plugin);
}

static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *line, uint64_t len) {
  const alone *self = (const alone *)plugin;
  (void)state, (void)line, (void)len;
  if (self->count[0]) append(self->count, 'm');
  while (strcmp(self->run, "deaf") == 0) nap();
  return 1;
}

static const plug_filter filter = {.size = sizeof filter, .flags = PLUG_FILTER_LINEWISE, .match = match};

static const void *extension(const plug_plugin *plugin, const char *id) {
  return (void)plugin, plug_same_id(id, PLUG_FILTER) ? &filter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  alone *self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->plugin = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                               .run = run,         .destroy = destroy, .extension = extension};
  return &self->plugin;
}
