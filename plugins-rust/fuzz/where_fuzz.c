// The row filter where with any condition, which ends at the first NUL, on rows made of the bytes after it: a condition
// is refused in words, or each row is kept by itself alone, and by the opposite condition if and only if it is not
// kept.
#include "instance.h"

enum { ROWS = 70, WORDS = 2, MOST_COLUMNS = 32 };

static void require(int holds, const char *otherwise) {
  if (holds) return;
  fprintf(stderr, "%s\n", otherwise);
  abort();
}

// Values from the input, which are 0 after its end.
typedef struct source {
  const uint8_t *at;
  size_t left;
} source;

static uint8_t byte_of(source *from) {
  if (from->left == 0) return 0;
  from->left--;
  return *from->at++;
}

static plug_cell cell_of(source *from, uint32_t type, uint64_t block, uint64_t made) {
  plug_cell cell = {.integer = 0};
  uint64_t bits = 0;
  const uint8_t kind = byte_of(from);
  for (int i = 0; i < (kind < 160 ? 1 : 8); i++) bits = bits << 8 | byte_of(from);
  if (type == PLUG_TEXT) {
    // A part of the block, or of what was made.
    const uint64_t begin = kind % 2 == 0 ? 0 : block, length = kind % 2 == 0 ? block : made;
    const uint64_t offset = length == 0 ? 0 : bits % length;
    cell.text.offset = (uint32_t)(begin + offset);
    cell.text.length = (uint32_t)(length == 0 ? 0 : (bits >> 8) % (length - offset + 1));
  } else if (type == PLUG_REAL) {
    if (kind < 160)
      cell.real = (double)(int8_t)bits / 4;
    else
      memcpy(&cell.real, &bits, sizeof bits);
    if (cell.real != cell.real || cell.real == 0) cell.real = 0;
  } else {
    cell.integer = type == PLUG_BOOLEAN ? (int64_t)(bits % 2) : kind < 160 ? (int8_t)bits : (int64_t)bits;
  }
  return cell;
}

// Asks which rows are kept, `batch` at a time.
static void ask(plug_plugin *plugin, const plug_rows *all, uint32_t batch, uint64_t *kept) {
  const plug_row_filter *const calls = plugin->extension(plugin, PLUG_ROW_FILTER);
  plug_error error = {.size = sizeof error};
  uint32_t word = PLUG_CANCEL_NONE;
  const plug_ctx ctx = {.size = sizeof ctx, .cancel = &word};
  void *const state = calls->state_new ? calls->state_new(plugin, &error) : NULL;
  memset(kept, 0, WORDS * sizeof *kept);
  for (uint32_t first = 0; first < all->count; first += batch) {
    plug_lines lines = *all->lines;
    lines.spans += first;
    lines.count = all->count - first < batch ? all->count - first : batch;
    plug_rows rows = *all;
    rows.lines = &lines;
    rows.count = lines.count;
    plug_column columns[MOST_COLUMNS];
    uint64_t valid[MOST_COLUMNS][WORDS] = {{0}}, keep[WORDS] = {0};
    for (uint32_t i = 0; i < all->schema->count; i++) {
      columns[i] = (plug_column){all->columns[i].cells + first, valid[i]};
      for (uint32_t row = 0; row < rows.count; row++)
        if (plug_has_value(&all->columns[i], first + row)) valid[i][row / 64] |= UINT64_C(1) << (row % 64);
    }
    rows.columns = columns;
    require(calls->keep(plugin, state, &ctx, &rows, keep, &error) == PLUG_OK, "keep failed");
    for (uint32_t row = 0; row < WORDS * 64; row++) {
      if (!(keep[row / 64] >> (row % 64) & 1)) continue;
      require(row < rows.count, "a row is kept that is not there");
      kept[(first + row) / 64] |= UINT64_C(1) << ((first + row) % 64);
    }
  }
  if (calls->state_free) calls->state_free(plugin, state);
}

// Otherwise a fuzzer all of whose conditions are refused would find nothing.
int LLVMFuzzerInitialize(int *argc, char ***argv) {
  (void)argc;
  (void)argv;
  static const char condition[] = "a >= 1k and (b ~ 'x' or not has(c)) and d < 2024-01-01 or e in ('y', \"z\")";
  plug_plugin *const plugin = instance_with("expr", (const uint8_t *)condition, sizeof condition - 1, 1);
  plugin->destroy(plugin);
  return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const uint8_t *const end = memchr(data, 0, size);
  const size_t length = end ? (size_t)(end - data) : size;
  plug_plugin *const plugin = instance_with("expr", data, length, 0);
  if (!plugin) return 0;
  source from = {data + length, size - length};
  // Texts are in copies of the exact size. Behind a block 64 bytes may be read.
  const size_t block_length = from.left / 2, made_length = from.left - block_length;
  uint8_t *const block = calloc(block_length + 64, 1), *const made = malloc(made_length);
  memcpy(block, from.at, block_length);
  memcpy(made, from.at + block_length, made_length);

  const plug_row_filter *const calls = plugin->extension(plugin, PLUG_ROW_FILTER);
  plug_field fields[MOST_COLUMNS];
  const plug_field *wanted[MOST_COLUMNS];
  static plug_cell cells[MOST_COLUMNS][ROWS];
  uint64_t valid[MOST_COLUMNS][WORDS] = {{0}};
  plug_column columns[MOST_COLUMNS];
  uint32_t count = 0;
  while (count < MOST_COLUMNS && calls->column(plugin, count, &fields[count]) == 1) {
    if (fields[count].type == PLUG_ANY) fields[count].type = PLUG_TEXT;
    wanted[count] = &fields[count];
    columns[count] = (plug_column){cells[count], valid[count]};
    for (uint32_t row = 0; row < ROWS; row++) {
      if (byte_of(&from) % 4 == 3) continue;
      plug_set_value(&columns[count], row, cell_of(&from, fields[count].type, block_length, made_length));
    }
    count++;
  }
  if (count < MOST_COLUMNS) {
    plug_span spans[ROWS];
    for (uint32_t i = 0; i < ROWS; i++) spans[i] = (plug_span){0, (uint32_t)block_length};
    const plug_lines lines = {.size = sizeof lines, .count = ROWS, .spans = spans, .block = {block, block_length}};
    const plug_schema schema = {.size = sizeof schema, .count = count, .fields = wanted};
    const plug_rows rows = {sizeof rows, ROWS, &lines, &schema, columns, {made, made_length}};
    uint64_t all[WORDS], other[WORDS];
    ask(plugin, &rows, ROWS, all);
    ask(plugin, &rows, 1, other);
    require(memcmp(all, other, sizeof all) == 0, "smaller batches change what is kept");

    uint8_t *const opposite = malloc(length + 6);
    memcpy(opposite, "not (", 5);
    memcpy(opposite + 5, data, length);
    opposite[5 + length] = ')';
    // One more level of parentheses may be too many.
    plug_plugin *const against = instance_with("expr", opposite, length + 6, 0);
    free(opposite);
    if (against) {
      ask(against, &rows, ROWS, other);
      for (uint32_t row = 0; row < ROWS; row++)
        require((all[row / 64] ^ other[row / 64]) >> (row % 64) & 1, "a row is kept by a condition and its opposite");
      against->destroy(against);
    }
  }
  free(block);
  free(made);
  plugin->destroy(plugin);
  return 0;
}
