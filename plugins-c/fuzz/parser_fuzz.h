// What the fuzzers of parsers share: texts lie in their lines or in what was made, and neither the cut into batches nor
// the choice of columns changes a row. A fuzzer includes the parser before this, and calls fuzz_parser.
#include <plughost/parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 64, MOST_COLUMNS = 24 };

// What a parser gave of up to MOST lines, and the text that it made for each batch, one after the other.
typedef struct answer {
  plug_cell cells[MOST_COLUMNS][MOST];
  uint64_t valid[MOST_COLUMNS];
  uint64_t fits, skipped;
  const uint8_t *begin[MOST];  // of the text that was made for the batch of a line
  uint8_t *made;
  uint64_t made_length, made_room;
} answer;

static void require(int holds, const char *otherwise) {
  if (holds) return;
  fprintf(stderr, "%s\n", otherwise);
  abort();
}

static uint8_t *reserve(plug_sink *sink, uint64_t len) {
  answer *to = sink->self;
  require(to->made_length + len <= to->made_room, "more is made than the lines have");
  return to->made + to->made_length;
}

static int32_t commit(plug_sink *sink, uint64_t len) {
  ((answer *)sink->self)->made_length += len;
  return PLUG_OK;
}

static int32_t write_made(plug_sink *sink, const void *data, uint64_t len) {
  memcpy(reserve(sink, len), data, len);
  return commit(sink, len);
}

// Parses all lines by batches of `batch`, with one state.
static void ask(plug_plugin *plugin, const plug_lines *all, uint32_t batch, const plug_field *const *wanted,
                uint32_t columns, answer *to) {
  const plug_parser *calls = plugin->extension(plugin, PLUG_PARSER);
  plug_error error = {.size = sizeof error};
  uint32_t word = PLUG_CANCEL_NONE;
  const plug_ctx ctx = {.size = sizeof ctx, .cancel = &word};
  const plug_schema schema = {.size = sizeof schema, .count = columns, .fields = wanted};
  memset(to, 0, sizeof *to);
  to->made_room = (all->block.len + 8 * MOST) * MOST_COLUMNS;
  to->made = malloc(to->made_room);
  plug_sink sink = {sizeof sink, 0, to, write_made, reserve, commit};
  void *state = calls->state_new(plugin, &error);
  require(calls->want(plugin, state, &schema, &error) == PLUG_OK, "a column was refused");
  for (uint32_t first = 0; first < all->count; first += batch) {
    static plug_cell cells[MOST_COLUMNS][MOST];
    uint64_t valid[MOST_COLUMNS] = {0}, fits = 0, skipped = 0;
    plug_column given[MOST_COLUMNS];
    for (uint32_t i = 0; i < columns; i++) given[i] = (plug_column){cells[i], &valid[i]};
    plug_lines lines = *all;
    lines.spans += first;
    lines.count = all->count - first < batch ? all->count - first : batch;
    const uint8_t *const begin = to->made + to->made_length;
    require(calls->parse(plugin, state, &ctx, &lines, given, &fits, &skipped, &sink, &error) == PLUG_OK,
            "parse failed");
    require(lines.count == 64 || fits >> lines.count == 0, "a line that is not there fits");
    require(lines.count == 64 || skipped >> lines.count == 0, "a line that is not there is skipped");
    require((fits & skipped) == 0, "a line fits and is skipped");
    to->fits |= fits << first;
    to->skipped |= skipped << first;
    for (uint32_t i = 0; i < columns; i++) {
      require((valid[i] & ~fits) == 0, "a line that does not fit has a value");
      to->valid[i] |= valid[i] << first;
      for (uint32_t row = 0; row < lines.count; row++) {
        to->begin[first + row] = begin;
        if (!(valid[i] >> row & 1)) continue;
        to->cells[i][first + row] = cells[i][row];
        if (wanted[i]->type == PLUG_REAL) require(cells[i][row].real == cells[i][row].real, "a real is NaN");
        if (wanted[i]->type != PLUG_TEXT) continue;
        const plug_span text = cells[i][row].text, line = lines.spans[row];
        const uint64_t end = (uint64_t)text.offset + text.length;
        require(text.offset >= lines.block.len
                    ? end - lines.block.len <= (uint64_t)(to->made + to->made_length - begin)
                    : text.offset >= line.offset && end <= (uint64_t)line.offset + line.length,
                "a text lies neither in its line nor in what was made");
      }
    }
  }
  calls->state_free(plugin, state);
}

// Returns the bytes of a text.
static plug_bytes text_of(const answer *of, const plug_lines *lines, uint32_t column, uint32_t row) {
  const plug_span text = of->cells[column][row].text;
  const uint64_t block = lines->block.len;
  return (plug_bytes){text.offset < block ? lines->block.data + text.offset : of->begin[row] + (text.offset - block),
                      text.length};
}

// Requires that a column of one answer is a column of another one.
static void same(const answer *a, uint32_t column, const answer *b, uint32_t other, const plug_lines *lines,
                 uint32_t type, const char *otherwise) {
  require(a->fits == b->fits && a->skipped == b->skipped && a->valid[column] == b->valid[other], otherwise);
  for (uint32_t row = 0; row < lines->count; row++) {
    if (!(a->valid[column] >> row & 1)) continue;
    if (type != PLUG_TEXT) {
      require(memcmp(&a->cells[column][row], &b->cells[other][row], sizeof(plug_cell)) == 0, otherwise);
      continue;
    }
    const plug_bytes one = text_of(a, lines, column, row), two = text_of(b, lines, other, row);
    require(one.len == two.len && memcmp(one.data, two.data, one.len) == 0, otherwise);
  }
}

// Checks a parser, which was prepared, on lines.
static void fuzz_parser(plug_plugin *plugin, const uint8_t *data, size_t size, const plug_field *columns,
                        uint32_t count) {
  uint8_t *block = calloc(size + 64, 1);
  memcpy(block, data, size);
  plug_span spans[MOST];
  plug_lines lines = {.size = sizeof lines, .spans = spans, .block = {block, size}};
  for (size_t at = 0; at < size && lines.count < MOST; lines.count++) {
    const uint8_t *end = memchr(block + at, '\n', size - at);
    const size_t length = end ? (size_t)(end - block) - at : size - at;
    spans[lines.count] = (plug_span){(uint32_t)at, (uint32_t)length};
    at += length + 1;
  }
  const plug_field *wanted[MOST_COLUMNS];
  for (uint32_t i = 0; i < count; i++) wanted[i] = &columns[i];
  static answer all, other;
  if (lines.count > 0) {
    ask(plugin, &lines, MOST, wanted, count, &all);
    for (uint32_t batch = 1; batch < 4; batch += 2) {
      memset(block + size, batch == 1 ? '"' : '=', 64);
      ask(plugin, &lines, batch, wanted, count, &other);
      for (uint32_t i = 0; i < count; i++)
        same(&all, i, &other, i, &lines, columns[i].type, "smaller batches change a row");
      free(other.made);
    }
    // One column alone, which the input chooses: all of them would take most of the time.
    const uint32_t alone = (uint32_t)(size % count);
    ask(plugin, &lines, MOST, wanted + alone, 1, &other);
    same(&all, alone, &other, 0, &lines, columns[alone].type, "another choice of columns changes a row");
    free(other.made);
    free(all.made);
  }
  free(block);
}
