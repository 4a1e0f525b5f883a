// The parser access on any bytes: texts lie in their lines, and neither the cut into batches, the choice of columns nor
// the kind of vectors changes what a line is. Bytes that begin with 1 have a format as their first line.
#include <stdio.h>

#include "../access/access.c"

enum { MOST = 64, ASKED_AGAIN = 4, COLUMNS = COLUMNS_MAX + ASKED_AGAIN };

// What a call gave of up to MOST lines.
typedef struct answer {
  plug_cell cells[COLUMNS][MOST];
  uint64_t valid[COLUMNS];
  uint64_t fits, skipped;
} answer;

static void require(int holds, const char *otherwise) {
  if (holds) return;
  fprintf(stderr, "%s\n", otherwise);
  abort();
}

// Parses lines [first, first + count) with these columns.
static void ask(const plug_plugin *plugin, split_function *split, const plug_lines *all, uint32_t first, uint32_t count,
                const plug_field *const *wanted, uint32_t columns, answer *to) {
  plug_error error = {.size = sizeof error};
  uint32_t word = PLUG_CANCEL_NONE;
  const plug_ctx ctx = {.size = sizeof ctx, .cancel = &word};
  const plug_schema schema = {.size = sizeof schema, .count = columns, .fields = wanted};
  plug_column given[COLUMNS];
  memset(to, 0, sizeof *to);
  for (uint32_t i = 0; i < columns; i++) given[i] = (plug_column){to->cells[i], &to->valid[i]};
  plug_lines lines = *all;
  lines.spans += first;
  lines.count = count;
  reader *state = state_new(plugin, &error);
  state->split = split;
  require(want(plugin, state, &schema, &error) == PLUG_OK, "a column was refused");
  require(parse(plugin, state, &ctx, &lines, given, &to->fits, &to->skipped, NULL, &error) == PLUG_OK, "parse failed");
  state_free(plugin, state);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  plug_plugin *const plugin = NewPlugin();
  if (size > 0 && data[0] == 1) {
    plug_error error = {.size = sizeof error};
    const uint8_t *const end = memchr(data, '\n', size);
    const size_t length = end ? (size_t)(end - data) : size;
    // A copy of the exact size, so that a sanitizer sees a read beyond it.
    uint8_t *const text = malloc(length);
    memcpy(text, data + 1, length - 1);
    const int32_t status = access_format_read(text, length - 1, &((struct access *)plugin)->format, &error);
    free(text);
    if (status != PLUG_OK) {
      require(error.code == status && error.len > 0, "a format was refused without a word");
      destroy(plugin);
      return 0;
    }
    data += length;
    size -= length;
  }
  uint8_t *block = calloc(size + 64, 1);
  memcpy(block, data, size);
  plug_span spans[MOST];
  uint32_t count = 0;
  for (size_t at = 0; at < size && count < MOST; count++) {
    const uint8_t *end = memchr(block + at, '\n', size - at);
    const size_t length = end ? (size_t)(end - block) - at : size - at;
    spans[count] = (plug_span){(uint32_t)at, (uint32_t)length};
    at += length + 1;
  }
  const plug_lines lines = {.size = sizeof lines, .count = count, .spans = spans, .block = {block, size}};
  plug_field described[COLUMNS];
  const plug_field *wanted[COLUMNS];
  uint32_t columns = 0;
  while (field(plugin, columns, &described[columns]) == 1) columns++;
  require(columns > 0 && columns <= COLUMNS_MAX, "there are too few or too many columns");
  // One of them again, as other types. The last one is a text or a time more often than a number.
  for (uint32_t i = 0; i < ASKED_AGAIN; i++) {
    const uint32_t type = (uint32_t[]){PLUG_TEXT, PLUG_REAL, PLUG_BOOLEAN, PLUG_TIME}[i];
    const uint32_t again = type == PLUG_TIME ? columns - 1 : columns > STATUS ? STATUS : 0;
    described[columns + i] = described[again];
    described[columns + i].type = type == PLUG_TIME && described[again].type == PLUG_INTEGER ? PLUG_REAL : type;
  }
  columns += ASKED_AGAIN;
  for (uint32_t i = 0; i < columns; i++) wanted[i] = &described[i];
  static answer all, one;
  if (count > 0) {
    ask(plugin, access_fastest_split(), &lines, 0, count, wanted, columns, &all);
    require(count == 64 || (all.fits | all.skipped) >> count == 0, "a line that is not there fits");
    require((all.fits & all.skipped) == 0, "a line fits and is skipped");
    for (uint32_t i = 0; i < columns; i++) {
      require((all.valid[i] & ~all.fits) == 0, "a line that does not fit has a value");
      ask(plugin, access_split_plainly, &lines, 0, count, wanted + i, 1, &one);
      require(one.fits == all.fits && one.skipped == all.skipped && one.valid[0] == all.valid[i],
              "another choice of columns changes a line");
      for (uint32_t row = 0; row < count; row++) {
        if (!(all.valid[i] >> row & 1)) continue;
        require(memcmp(&one.cells[0][row], &all.cells[i][row], sizeof(plug_cell)) == 0, "it changes a value");
        const plug_span text = all.cells[i][row].text, line = spans[row];
        require(described[i].type != PLUG_TEXT ||
                    (text.offset >= line.offset && text.offset + text.length <= line.offset + line.length),
                "a text lies outside of its line");
      }
    }
    for (uint32_t row = 0; row < count; row++) {
      ask(plugin, access_fastest_split(), &lines, row, 1, wanted, columns, &one);
      require(one.fits == (all.fits >> row & 1) && one.skipped == (all.skipped >> row & 1),
              "a batch of one line changes it");
      for (uint32_t i = 0; i < columns; i++) {
        require(one.valid[i] == (all.valid[i] >> row & 1), "a batch of one line changes which values there are");
        require(!one.valid[i] || memcmp(&one.cells[i][0], &all.cells[i][row], sizeof(plug_cell)) == 0,
                "a batch of one line changes a value");
      }
    }
  }
  free(block);
  destroy(plugin);
  return 0;
}
