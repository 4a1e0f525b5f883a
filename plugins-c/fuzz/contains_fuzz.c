/* Compares a search with vectors with one by single bytes. Input: fold, length of the text, text, data. */
#include <stdlib.h>
#include <string.h>

#include "search/finder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 3 || data[1] == 0 || data[1] > size - 2) return 0;
  uint8_t text[256], mask[256];
  memcpy(text, data + 2, data[1]);
  finder finder;
  finder_init(&finder, text, mask, data[1], data[0] & 1);
  const uint8_t *const from = data + 2 + data[1];
  const size_t length = size - 2 - data[1];
  const uint8_t *const expected = find_portable(&finder, from, length);
  if (finder.find(&finder, from, length) != expected) abort();
#if defined(__x86_64__)
  if (find_sse2(&finder, from, length) != expected) abort();
#endif
  return 0;
}
