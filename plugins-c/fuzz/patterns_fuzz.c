/* Compares a search of blocks with one line by line, with the same patterns. Input: style, length of the patterns, then
 * texts with '|' between them or one pattern, then data. */
#include <stdlib.h>
#include <string.h>

#include "../patterns/matcher.h"

enum { LONGEST = 24 }; /* bytes of a pattern: longer ones may take minutes to compile */

static void compare(const matcher *matcher, const uint8_t *data, size_t size) {
  searcher *const blocks = searcher_new(matcher), *const single = searcher_new(matcher);
  const plug_span *found;
  const int64_t count = search_piece(blocks, data, size, &found);
  if (count < 0) abort();
  int64_t hit = 0;
  for (size_t begin = 0, end; begin < size; begin = end + 1) {
    const uint8_t *newline = memchr(data + begin, '\n', size - begin);
    end = newline ? (size_t)(newline - data) : size;
    if (search_line(single, data + begin, end - begin) != 1) continue;
    if (hit == count || found[hit].offset != begin || found[hit].length != end - begin) abort();
    hit++;
  }
  if (hit != count) abort();
  searcher_free(blocks);
  searcher_free(single);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2 || data[1] > LONGEST || data[1] > size - 2) return 0;
  const pattern_style style = {data[0] & 1, data[0] >> 1 & 1, data[0] >> 2 & 1, data[0] >> 3 & 1};
  pattern items[LONGEST + 1];
  uint32_t count = 0;
  const uint8_t *at = data + 2;
  const uint8_t *const end = at + data[1];
  for (;;) {
    const uint8_t *stop = style.literal ? memchr(at, '|', (size_t)(end - at)) : NULL;
    if (!stop) stop = end;
    items[count] = (pattern){at, (uint64_t)(stop - at), count + 1, 0};
    count++;
    if (stop == end) break;
    at = stop + 1;
  }
  const pattern_list list = {.items = items, .count = count};
  matcher matcher = {0};
  plug_error error = {.size = sizeof error};
  if (matcher_init(&matcher, &list, &style, &error) == PLUG_OK) {
    compare(&matcher, end, size - (size_t)(end - data) < PIECE ? size - (size_t)(end - data) : PIECE);
  } else if (error.code != PLUG_ERROR_CONFIG || error.len == 0) {
    abort();
  }
  matcher_free(&matcher);
  return 0;
}
