/* How long the plugins of an answer take in their stage: the same calls as by the host, with the log in memory and its
 * lines found before. Usage: stages PLUGINS LOG RUNS, where PLUGINS is the folder of libaccess.so and the others.
 * Prints nanoseconds for a row as JSON. Of each batch of rows the fastest of RUNS passes counts, because other programs
 * disturb some; the clock of the processor's time takes too long for a batch. */
#include <dlfcn.h>
#include <plughost/aggregator.h>
#include <plughost/parser.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../test/helpers/host.h"

/* BATCH and BLOCK are those of the host. */
enum { BATCH = 1024, BLOCK = 256 << 10, COLUMNS = 16 };

static _Noreturn void end(const char *format, ...) {
  va_list values;
  va_start(values, format);
  vfprintf(stderr, format, values);
  va_end(values);
  fputc('\n', stderr);
  exit(2);
}

static void *memory(size_t size) {
  void *const made = calloc(1, size);
  if (!made) end("out of memory");
  return made;
}

static void check(int32_t status, const char *what, const plug_error *error) {
  if (status < 0) end("%s: %.*s", what, (int)error->len, error->message);
}

static double seconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The log, in blocks of whole lines. */
typedef struct block {
  const uint8_t *data;
  uint64_t size;
  plug_span *spans;
  uint32_t count;
} block;

static block *blocks;
static size_t block_count, batch_count, row_count, byte_count;

static void read_log(const char *path) {
  FILE *const file = fopen(path, "rb");
  if (!file || fseek(file, 0, SEEK_END) != 0) end("%s cannot be read", path);
  byte_count = (size_t)ftell(file);
  rewind(file);
  /* Parsers may read 64 bytes behind a block. */
  uint8_t *const log = memory(byte_count + 64);
  if (fread(log, 1, byte_count, file) != byte_count) end("%s cannot be read", path);
  fclose(file);
  blocks = memory((byte_count / (BLOCK / 2) + 1) * sizeof *blocks);
  for (size_t at = 0; at < byte_count;) {
    size_t size = byte_count - at < BLOCK ? byte_count - at : BLOCK;
    while (size > 0 && log[at + size - 1] != '\n') size--;
    if (size < BLOCK / 2 && at + BLOCK < byte_count) end("%s has lines that are too long", path);
    if (size == 0) break;
    block *const to = &blocks[block_count++];
    *to = (block){log + at, size, NULL, 0};
    for (size_t i = 0; i < size; i++) to->count += to->data[i] == '\n';
    to->spans = memory(to->count * sizeof *to->spans);
    uint32_t line = 0, begin = 0;
    for (uint32_t i = 0; i < size; i++) {
      if (to->data[i] != '\n') continue;
      to->spans[line++] = (plug_span){begin, i - begin};
      begin = i + 1;
    }
    row_count += to->count;
    batch_count += (to->count + BATCH - 1) / BATCH;
    at += size;
  }
}

static plug_plugin *load(const char *folder, const char *name, const char *config) {
  char path[4096];
  snprintf(path, sizeof path, "%s/lib%s.so", folder, name);
  void *const library = dlopen(path, RTLD_NOW);
  if (!library) end("%s", dlerror());
  plug_plugin *(*make)(void);
  *(void **)&make = dlsym(library, "NewPlugin");
  plug_plugin *const plugin = make();
  plug_error error = {.size = sizeof error};
  if (plugin->init)
    check(plugin->init(plugin, &host, (plug_bytes){(const uint8_t *)config, strlen(config)}, &error), name, &error);
  return plugin;
}

static uint8_t *no_room(plug_sink *sink, uint64_t len) {
  (void)sink;
  (void)len;
  end("the parser makes text");
}

static int32_t no_commit(plug_sink *sink, uint64_t len) {
  no_room(sink, len);
  return PLUG_OK;
}

static int32_t no_write(plug_sink *sink, const void *data, uint64_t len) {
  (void)data;
  return no_commit(sink, len);
}

static void lower(double *least, double seconds) {
  if (*least == 0 || seconds < *least) *least = seconds;
}

static double sum(const double *of) {
  double all = 0;
  for (size_t i = 0; i < batch_count; i++) all += of[i];
  return all;
}

/* One pass over the log: the parser fills `count` columns, and the aggregator, if there is one, folds the first of
 * them. All rows are one group, or those of a status are, which is the second column then. Lowers the time of each
 * batch: of the aggregator, or of the parser if there is none. */
static void pass(plug_plugin *parser, const plug_field *const *fields, uint32_t count, plug_plugin *aggregator,
                 int grouped, double *least) {
  static plug_cell cells[COLUMNS][BATCH];
  uint32_t groups[BATCH] = {0}, group_count = grouped ? 0 : 1;
  uint16_t group_of[1000] = {0}; /* of a status, from 1 */
  uint64_t valid[COLUMNS][BATCH / 64], fits[BATCH / 64], skipped[BATCH / 64];
  plug_column columns[COLUMNS];
  for (uint32_t i = 0; i < COLUMNS; i++) columns[i] = (plug_column){cells[i], valid[i]};
  plug_error error = {.size = sizeof error};
  plug_sink made = {sizeof made, 0, NULL, no_write, no_room, no_commit};
  uint32_t word = PLUG_CANCEL_NONE;
  const plug_ctx ctx = {.size = sizeof ctx, .cancel = &word};
  const plug_parser *const parse = parser->extension(parser, PLUG_PARSER);
  const plug_schema wanted = {.size = sizeof wanted, .count = count, .fields = fields};
  void *const state = parse->state_new(parser, &error);
  check(parse->want(parser, state, &wanted, &error), "want", &error);
  const plug_aggregator *const fold = aggregator ? aggregator->extension(aggregator, PLUG_AGGREGATOR) : NULL;
  const plug_schema folded = {.size = sizeof folded, .count = 1, .fields = fields};
  void *const folds = fold ? fold->state_new(aggregator, &error) : NULL;

  for (size_t i = 0; i < block_count; i++) {
    for (uint32_t first = 0; first < blocks[i].count; first += BATCH) {
      const uint32_t left = blocks[i].count - first;
      const plug_lines lines = {.size = sizeof lines,
                                .count = left < BATCH ? left : BATCH,
                                .spans = blocks[i].spans + first,
                                .block = {blocks[i].data, blocks[i].size}};
      const double begin = seconds();
      memset(valid, 0, count * sizeof *valid);
      memset(fits, 0, sizeof fits);
      memset(skipped, 0, sizeof skipped);
      check(parse->parse(parser, state, &ctx, &lines, columns, fits, skipped, &made, &error), "parse", &error);
      const double parsed = seconds();
      if (!fold) lower(least, parsed - begin);
      for (uint32_t row = 0; row < lines.count; row++)
        if (!(fits[row / 64] >> (row % 64) & 1)) end("a line does not fit");
      least++;
      if (!fold) continue;
      for (uint32_t row = 0; row < lines.count && grouped; row++) {
        uint16_t *const group = &group_of[cells[1][row].integer % 1000];
        if (*group == 0) *group = (uint16_t)++group_count;
        groups[row] = *group - 1u;
      }
      const plug_rows rows = {sizeof rows, lines.count, &lines, &folded, columns, {NULL, 0}};
      const double ready = seconds();
      check(fold->update(aggregator, folds, &ctx, &rows, groups, group_count, &error), "update", &error);
      lower(least - 1, seconds() - ready);
    }
  }
  if (fold) fold->state_free(aggregator, folds);
  parse->state_free(parser, state);
}

int main(int count, char **given) {
  const int runs = count == 4 ? atoi(given[3]) : 0;
  if (runs < 1) end("usage: stages PLUGINS LOG RUNS");
  read_log(given[2]);
  plug_plugin *const access = load(given[1], "access", "{}");
  const plug_parser *const parser = access->extension(access, PLUG_PARSER);

  static plug_field fields[COLUMNS];
  const plug_field *all[COLUMNS];
  uint32_t columns = 0;
  while (columns < COLUMNS && parser->field(access, columns, &fields[columns]) == 1) {
    all[columns] = &fields[columns];
    columns++;
  }
  static const plug_field status = {.size = sizeof status, .type = PLUG_INTEGER, .name = "status"};
  static const plug_field bytes = {.size = sizeof bytes, .type = PLUG_REAL, .name = "bytes"};
  static const plug_field host_name = {.size = sizeof host_name, .type = PLUG_TEXT, .name = "host"};
  const struct {
    const char *name;
    const plug_field *field;
    plug_plugin *plugin;
  } folds[] = {{"quantiles", &bytes, load(given[1], "quantiles", "{\"of\":\"bytes\"}")},
               {"distinct", &host_name, load(given[1], "distinct", "{\"of\":\"host\"}")}};
  enum { FOLDS = sizeof folds / sizeof *folds };

  /* In turns, so that other load affects all of them. */
  double *const whole = memory(batch_count * sizeof *whole), *least[FOLDS][2];
  for (int i = 0; i < FOLDS; i++)
    for (int grouped = 0; grouped < 2; grouped++) least[i][grouped] = memory(batch_count * sizeof *whole);
  for (int run = 0; run < runs; run++) {
    pass(access, all, columns, NULL, 0, whole);
    for (int i = 0; i < FOLDS; i++) {
      const plug_field *const two[] = {folds[i].field, &status};
      for (int grouped = 0; grouped < 2; grouped++) pass(access, two, 2, folds[i].plugin, grouped, least[i][grouped]);
    }
  }
  const double row = 1e9 / (double)row_count;
  printf("{\"rows\":%zu,\"bytes\":%zu,\"columns\":%u,\"parse\":%.3f,\"folds\":[", row_count, byte_count, columns,
         sum(whole) * row);
  for (int i = 0; i < FOLDS; i++)
    printf("%s{\"name\":\"%s\",\"alone\":%.3f,\"byStatus\":%.3f}", i > 0 ? "," : "", folds[i].name,
           sum(least[i][0]) * row, sum(least[i][1]) * row);
  puts("]}");
  return 0;
}
