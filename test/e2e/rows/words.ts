import { pluginSource } from '../../helpers/compile.js';

/**
 * The source of a parser, a row filter, an aggregator and an exporter of rows. The columns are the first word of a line, the same word in capitals
 * as text that stands in no line, the length of the line, and half of it; a line without a space has no row. The filter
 * keeps rows of an even length. Each of them commits a fault at a line with POISON, if it is compiled to.
 */
export const WORDS = pluginSource({
  name: 'return "Words";',
  head: `
#define _GNU_SOURCE
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <unistd.h>
#ifndef FAULT
#define FAULT none
#define AT none
#endif
#ifndef FLAGS
#define FLAGS 1
#endif
#ifndef PLACE
#define PLACE ""
#endif
#include <fcntl.h>
enum fault { none, crash, stop, leave, outside, beyond, nan_cell, status, panic, once, change, full, huge, other, locale };
enum place { parser_place = 100, filter_place, exporter_place, update_place, serialize_place, finish_place, memory_place, revision_place, other_place, new_place, want_place, batch_place };

static int poisoned(enum place place, const plug_lines *lines, uint32_t i) {
  const plug_span line = lines->spans[i];
  for (uint32_t at = 0; (int)place == (int)AT && at + 6 <= line.length; at++)
    if (memcmp(lines->block.data + line.offset + at, "POISON", 6) == 0) return 1;
  return 0;
}

static int32_t commit(enum fault fault) {
  volatile int *nowhere = NULL;
  if (fault == crash) *nowhere = 1;
  for (volatile int i = 0; fault == stop; i = 1 - i) {}
  if (fault == leave) _exit(3);
  if (fault == locale) setlocale(LC_ALL, "C.UTF-8");
  if (fault == once && unlink(PLACE) == 0) abort();
  if (fault == change) {
    const int file = open(PLACE, O_WRONLY | O_APPEND);
    if (write(file, "\\n", 1) == 1) abort();
  }
  return fault == status ? 7 : fault == panic ? PLUG_ERROR_PANIC : PLUG_OK;
}

typedef struct words { uint32_t columns; uint32_t which[8]; } words;
static const char *const names[] = {"first", "capitals", "length", "half"};
static const uint32_t types[] = {PLUG_TEXT, PLUG_TEXT, PLUG_INTEGER, PLUG_REAL};

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  const int32_t answer = (int)AT == (int)new_place ? commit(FAULT) : PLUG_OK;
  return answer ? NULL : calloc(1, sizeof(words));
}
static void state_free(const plug_plugin *plugin, void *state) { free(state); }

static int32_t field(const plug_plugin *plugin, uint32_t index, plug_field *to) {
  if (index >= 4) return 0;
  to->name = names[index];
  to->type = types[index];
  return 1;
}

static int32_t want(const plug_plugin *plugin, void *state, const plug_schema *wanted, plug_error *error) {
  words *self = state;
  const int32_t answer = (int)AT == (int)want_place ? commit(FAULT) : PLUG_OK;
  if (answer) return answer;
  self->columns = wanted->count;
  for (uint32_t i = 0; i < wanted->count; i++)
    for (uint32_t k = 0; k < 4; k++)
      if (strcmp(names[k], wanted->fields[i]->name) == 0) self->which[i] = k;
  return PLUG_OK;
}

static int32_t parse(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *made, plug_error *error) {
  const words *self = state;
  uint64_t written = lines->block.len;
  if (lines->count > 1 && (int)AT == (int)batch_place) {
    const int32_t answer = commit(FAULT);
    if (answer) return answer;
    if (FAULT == beyond) fits[(lines->count - 1) / 64] |= UINT64_C(1) << 63;
  }
  for (uint32_t i = 0; i < lines->count; i++) {
    const plug_span line = lines->spans[i];
    const uint8_t *text = lines->block.data + line.offset;
    const uint8_t *space = line.length ? memchr(text, ' ', line.length) : NULL;
    const int bad = poisoned(parser_place, lines, i);
    if (bad) {
      const int32_t answer = commit(FAULT);
      if (answer) return answer;
      if (FAULT == beyond) fits[(lines->count - 1) / 64] |= UINT64_C(1) << 63;
    }
    if (!space) continue;
    const uint32_t length = (uint32_t)(space - text);
    fits[i / 64] |= UINT64_C(1) << (i % 64);
    for (uint32_t k = 0; k < self->columns; k++) {
      plug_cell cell = {.integer = line.length};
      if (self->which[k] == 0) cell.text = (plug_span){line.offset, length};
      if (self->which[k] == 0 && bad && FAULT == outside) cell.text.length = line.length + 1;
      if (self->which[k] == 1) {
        uint8_t *to = made->reserve(made, length + 1);
        for (uint32_t c = 0; c < length; c++) to[c] = text[c] >= 'a' && text[c] <= 'z' ? text[c] - 32 : text[c];
        made->commit(made, length);
        cell.text = (plug_span){(uint32_t)written, length};
        written += length;
      }
      if (self->which[k] == 3) cell.real = bad && FAULT == nan_cell ? NAN : line.length / 2.0;
      if (self->which[k] != 3 || line.length % 3) plug_set_value(&columns[k], i, cell);
    }
  }
  return PLUG_OK;
}

static int32_t column(const plug_plugin *plugin, uint32_t index, plug_field *to) {
  if (index >= 2) return 0;
  to->name = index ? "first" : "length";
  to->type = index ? PLUG_TEXT : PLUG_INTEGER;
  return 1;
}

static int32_t keep(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows, uint64_t *kept,
                    plug_error *error) {
  if (rows->count > 1 && (int)AT == (int)batch_place) {
    const int32_t answer = commit(FAULT);
    if (answer) return answer;
    if (FAULT == beyond) kept[(rows->count - 1) / 64] |= UINT64_C(1) << 63;
  }
  for (uint32_t i = 0; i < rows->count; i++) {
    if (poisoned(filter_place, rows->lines, i)) {
      const int32_t answer = commit(FAULT);
      if (answer) return answer;
      if (FAULT == beyond) kept[(rows->count - 1) / 64] |= UINT64_C(1) << 63;
    }
    /* The text of the column must be the begin of the line. */
    const plug_bytes first = plug_text(rows, rows->columns[1].cells[i].text);
    if (plug_has_value(&rows->columns[1], i) &&
        memcmp(first.data, rows->lines->block.data + rows->lines->spans[i].offset, first.len) != 0) abort();
    if (plug_has_value(&rows->columns[0], i) && rows->columns[0].cells[i].integer % 2 == 0) kept[i / 64] |= UINT64_C(1) << (i % 64);
  }
  return PLUG_OK;
}

static int32_t write_lines(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  *taken = lines->count;
  return PLUG_OK;
}

static int32_t begin_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_schema *columns,
                          plug_sink *out, plug_error *error) {
  for (uint32_t i = 0; i < columns->count; i++) {
    plug_put(out, columns->fields[i]->name);
    plug_put(out, i + 1 < columns->count ? "|" : "\\n");
  }
  return PLUG_OK;
}

static int32_t write_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                          plug_sink *out, plug_error *error) {
  char number[32];
  for (uint32_t i = 0; i < rows->count; i++) {
    if (rows->lines && poisoned(exporter_place, rows->lines, i)) {
      const int32_t answer = commit(FAULT);
      if (answer) return answer;
    }
    for (uint32_t k = 0; k < rows->schema->count; k++) {
      const plug_cell cell = rows->columns[k].cells[i];
      if (!plug_has_value(&rows->columns[k], i)) {
        plug_put(out, "-");
      } else if (rows->schema->fields[k]->type == PLUG_TEXT) {
        const plug_bytes text = plug_text(rows, cell.text);
        out->write(out, text.data, text.len);
      } else {
        snprintf(number, sizeof number, "%g", rows->schema->fields[k]->type == PLUG_REAL ? cell.real : (double)cell.integer);
        plug_put(out, number);
      }
      plug_put(out, k + 1 < rows->schema->count ? "|" : "\\n");
    }
  }
  return PLUG_OK;
}

/* The sum of the lengths and the greatest first word of each group. */
typedef struct sums { uint32_t groups; struct sum { int64_t length; char word[24]; } *of; } sums;

static void *sums_new(const plug_plugin *plugin, plug_error *error) { return calloc(1, sizeof(sums)); }
static void sums_free(const plug_plugin *plugin, void *state) { free(((sums *)state)->of); free(state); }

static struct sum *sum_of(sums *self, uint32_t group) {
  if (group >= self->groups) {
    self->of = realloc(self->of, (group + 1) * sizeof *self->of);
    memset(self->of + self->groups, 0, (group + 1 - self->groups) * sizeof *self->of);
    self->groups = group + 1;
  }
  return &self->of[group];
}

static int32_t output(const plug_plugin *plugin, uint32_t index, plug_field *to) {
  if (index >= 2) return 0;
  to->name = index ? "word" : "sum";
  to->type = index ? PLUG_TEXT : PLUG_INTEGER;
  return 1;
}

static int32_t update(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                      const uint32_t *group, uint32_t groups, plug_error *error) {
  sum_of(state, groups - 1);
  for (uint32_t i = 0; i < rows->count; i++) {
    if (poisoned(update_place, rows->lines, i)) {
      const int32_t answer = commit(FAULT);
      if (answer) return answer;
    }
    struct sum *sum = sum_of(state, group[i]);
    const plug_bytes word = plug_text(rows, rows->columns[1].cells[i].text);
    char copy[24] = {0};
    if (plug_has_value(&rows->columns[0], i)) sum->length += rows->columns[0].cells[i].integer;
    if (plug_has_value(&rows->columns[1], i)) memcpy(copy, word.data, word.len < 23 ? word.len : 23);
    if (strcmp(copy, sum->word) > 0) strcpy(sum->word, copy);
    if (FAULT == full && sum->length > 40000) abort();
  }
  return PLUG_OK;
}

static int32_t serialize(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out, plug_error *error) {
  if ((int)AT == (int)serialize_place) commit(FAULT);
  for (int i = 0; FAULT == huge && i < 200; i++) {
    const uint64_t size = 1 << 20;
    uint8_t *const room = out->reserve(out, size);
    if (!room) return PLUG_ERROR_NOMEM;
    memset(room, 0, size);
    out->commit(out, size);
  }
  if (FAULT == other) return out->write(out, "x", 1);
  return out->write(out, sum_of(state, group), sizeof(struct sum));
}

static int32_t merge(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes, plug_error *error) {
  struct sum other, *sum = sum_of(state, group);
  if (bytes.len != sizeof other) return plug_fail(error, PLUG_ERROR_INVALID, "no state");
  memcpy(&other, bytes.data, sizeof other);
  sum->length += other.length;
  if (strcmp(other.word, sum->word) > 0) strcpy(sum->word, other.word);
  return PLUG_OK;
}

static int32_t finish(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first, uint32_t count,
                      const plug_column *columns, plug_sink *made, plug_error *error) {
  uint32_t written = 0;
  if ((int)AT == (int)finish_place) commit(FAULT);
  for (uint32_t i = 0; i < count; i++) {
    const struct sum *sum = sum_of(state, first + i);
    const uint32_t length = (uint32_t)strlen(sum->word);
    plug_set_value(&columns[0], i, (plug_cell){.integer = sum->length});
    made->write(made, sum->word, length);
    plug_set_value(&columns[1], i, (plug_cell){.text = {written, length + ((int)AT == (int)finish_place && FAULT == outside ? 99 : 0)}});
    written += length;
  }
  if ((int)AT == (int)finish_place && FAULT == beyond) columns[0].valid[(count - 1) / 64] |= UINT64_C(1) << 63;
  return PLUG_OK;
}

static uint64_t memory(const plug_plugin *plugin, const void *state) {
  if ((int)AT == (int)memory_place) commit(FAULT);
  return ((const sums *)state)->groups * sizeof(struct sum);
}

static uint32_t revision(const plug_plugin *plugin) {
  if ((int)AT == (int)revision_place) commit(FAULT);
  return 0;
}

static const plug_parser parser = {sizeof parser, FLAGS, state_new, state_free, want, parse, field};
static const plug_row_filter filter = {sizeof filter, FLAGS, state_new, state_free, column, keep};
static const plug_exporter exporter = {.size = sizeof exporter, .flags = PLUG_EXPORTER_ROWWISE, .write = write_lines,
                                       .begin_rows = begin_rows, .write_rows = write_rows};
static const plug_aggregator aggregator = {.size = sizeof aggregator, .state_new = sums_new, .state_free = sums_free,
                                           .column = column, .output = output, .update = update,
                                           .serialize = serialize, .merge = merge, .finish = finish,
                                           .memory = (int)AT == (int)memory_place ? memory : NULL,
                                           .revision = revision};`,
  extension: `if (strcmp(id, PLUG_AGGREGATOR) == 0) return &aggregator;
    return strcmp(id, PLUG_PARSER) == 0 ? (const void *)&parser : strcmp(id, PLUG_ROW_FILTER) == 0
    ? (const void *)&filter : strcmp(id, PLUG_EXPORTER) == 0 ? (const void *)&exporter : NULL;`,
});
