/* A plugin that makes one change to its process in one of its calls, and works normally otherwise. The drill writes
   both into a copy of the library (`wanted`), because a constructor gets no configuration and a runner no environment.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <fenv.h>
#include <locale.h>
#include <plughost/plughost.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

PLUG_MANIFEST({
  "id" : "org.plughost.changes",
  "name" : "changes",
  "version" : "0.1.0",
  "description" : "Changes something of its process",
  "extensions" : [ "plug.filter/1", "plug.transform/1", "plug.exporter/1" ]
})

static void folder(void) {
  if (chdir("/") != 0) return;
}
static void mask_of_files(void) { umask(0777); }
static void no_mask_of_files(void) { umask(0); }
static void limit(int resource, rlim_t most) {
  struct rlimit now;
  getrlimit(resource, &now);
  now.rlim_cur = most;
  setrlimit(resource, &now);
}
static void limit_of_files(void) { limit(RLIMIT_NOFILE, 8); }
static void limit_of_size(void) { limit(RLIMIT_FSIZE, 0); }
static void close_input(void) { close(0); }
static void close_output(void) { close(1); }
static void close_errors(void) { close(2); }
static void replace_output(void) { dup2(open("/dev/null", O_WRONLY), 1); }
static void read_input(void) {
  char text[4096];
  while (read(0, text, sizeof text) > 0) continue;
}
static void set_environment(void) { setenv("WITNESS", "another", 1), setenv("HOST_PLUGIN_PATH", "/nowhere", 1); }
static void clear_environment(void) { clearenv(); }
static void set_locale(void) { setlocale(LC_ALL, "C.UTF-8"); }
static void set_thread_locale(void) { uselocale(newlocale(LC_ALL_MASK, "C.UTF-8", (locale_t)0)); }
#ifdef __x86_64__
static void zero_of_tiny(void) { __builtin_ia32_ldmxcsr(__builtin_ia32_stmxcsr() | 0x8040); }
static void precision(void) { __asm__ volatile("fldcw %0" : : "m"((unsigned short){0x007f})); }
#else
static void zero_of_tiny(void) {}
static void precision(void) {}
#endif
static void rounding(void) { fesetround(FE_UPWARD); }
static void traps(void) { feclearexcept(FE_ALL_EXCEPT), feenableexcept(FE_DIVBYZERO | FE_INVALID | FE_OVERFLOW); }
static void block_signals(void) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
}
static void ignore_signals(void) {
  static const int numbers[] = {SIGINT, SIGTERM, SIGCHLD, SIGHUP};
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) signal(numbers[i], SIG_IGN);
  signal(SIGPIPE, SIG_DFL);
}
static void ignore_crashes(void) { signal(SIGSEGV, SIG_IGN), signal(SIGABRT, SIG_IGN); }
static void print(void) { printf("a word"); }
static void print_now(void) { puts("a word"), fflush(stdout); }
static void *sleep_on(void *unused) {
  for (;;) pause();
  return unused;
}
static void leave_thread(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, sleep_on, NULL);
}
static void at_end(void) { printf("the end"); }
static void leave_word_for_end(void) { atexit(at_end); }

static const struct {
  const char *name;
  void (*make)(void);
} changes[] = {{"nothing", NULL},
               {"folder", folder},
               {"umask-0777", mask_of_files},
               {"umask-0", no_mask_of_files},
               {"limit-of-files", limit_of_files},
               {"limit-of-size", limit_of_size},
               {"close-input", close_input},
               {"close-output", close_output},
               {"close-errors", close_errors},
               {"replace-output", replace_output},
               {"read-input", read_input},
               {"environment", set_environment},
               {"no-environment", clear_environment},
               {"locale", set_locale},
               {"locale-of-thread", set_thread_locale},
               {"tiny-is-zero", zero_of_tiny},
               {"precision", precision},
               {"rounding", rounding},
               {"traps", traps},
               {"block-signals", block_signals},
               {"ignore-signals", ignore_signals},
               {"ignore-crashes", ignore_crashes},
               {"print", print},
               {"print-at-once", print_now},
               {"thread", leave_thread},
               {"atexit", leave_word_for_end}};

/* The drill replaces this text by CHANGE@CALL in a copy of the library. */
static const volatile char wanted[64] = "the change and the call, in a copy of this file";

/* Makes the change if it is wanted in `call`, but only once. */
static void at(const char *call) {
  static int done;
  char name[sizeof wanted];
  for (size_t i = 0; i < sizeof name; i++) name[i] = wanted[i];
  char *place = strchr(name, '@');
  if (done || !place) return;
  *place++ = 0;
  if (strcmp(place, call) != 0) return;
  done = 1;
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
    if (strcmp(changes[i].name, name) == 0 && changes[i].make) changes[i].make();
}

__attribute__((constructor)) static void on_load(void) { at("constructor"); }
__attribute__((destructor)) static void on_end(void) { at("destructor"); }

static const char *name(const plug_plugin *plugin) { return (void)plugin, at("name"), "Changes"; }
static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  return (void)plugin, (void)host, (void)config, (void)error, at("init"), PLUG_OK;
}
static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, at("run"), plug_put(out, "done");
}
static void destroy(plug_plugin *plugin) { at("destroy"), free(plugin); }
static void *state_new(const plug_plugin *plugin, plug_error *error) {
  return (void)error, at("state_new"), (void *)plugin;
}
static void state_free(const plug_plugin *plugin, void *state) { (void)plugin, (void)state, at("state_free"); }

static int32_t match(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len) {
  return (void)plugin, (void)state, (void)data, (void)len, at("match"), 1;
}
static int64_t scan(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                    plug_span *spans, uint32_t cap, plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)error, at("scan");
  uint32_t count = 0;
  while (*cursor < block.len && count < cap) {
    const uint8_t *line = block.data + *cursor, *newline = memchr(line, '\n', block.len - *cursor);
    const uint64_t len = newline ? (uint64_t)(newline - line) : block.len - *cursor;
    spans[count++] = (plug_span){(uint32_t)*cursor, (uint32_t)len};
    *cursor += len + (newline != NULL);
  }
  return count;
}
static int32_t transform(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                         plug_error *error) {
  return (void)plugin, (void)state, (void)data, (void)len, (void)out, (void)error, at("transform"), PLUG_UNCHANGED;
}
static int32_t export_lines(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                            uint32_t *taken, plug_sink *out, plug_error *error) {
  (void)plugin, (void)state, (void)ctx, (void)taken, (void)error, at("write");
  for (uint32_t i = 0; i < lines->count; i++) {
    out->write(out, lines->block.data + lines->spans[i].offset, lines->spans[i].length);
    out->write(out, "\n", 1);
  }
  return PLUG_OK;
}

static const plug_filter filter = {.size = sizeof filter,
                                   .flags = PLUG_FILTER_LINEWISE,
                                   .state_new = state_new,
                                   .state_free = state_free,
                                   .match = match,
                                   .scan = scan};
static const plug_transform transforms = {
    .size = sizeof transforms, .flags = PLUG_TRANSFORM_LINEWISE, .transform = transform};
static const plug_exporter exporter = {.size = sizeof exporter, .flags = PLUG_EXPORTER_ROWWISE, .write = export_lines};

static const void *extension(const plug_plugin *plugin, const char *id) {
  (void)plugin, at("extension");
  if (plug_same_id(id, PLUG_FILTER)) return &filter;
  if (plug_same_id(id, PLUG_TRANSFORM)) return &transforms;
  return plug_same_id(id, PLUG_EXPORTER) ? &exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  at("NewPlugin");
  plug_plugin *made = malloc(sizeof *made);
  if (made)
    *made = (plug_plugin){PLUG_PLUGIN_HEADER, .name = name,       .init = init,
                          .run = run,         .destroy = destroy, .extension = extension};
  return made;
}
