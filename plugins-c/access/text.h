/* What splits lines of any format: quoted texts and numbers. */
#ifndef ACCESS_TEXT_H
#define ACCESS_TEXT_H

#include <plughost/base.h>

#include "../shared/find.h"

static inline plug_span span_of(const uint8_t *block, const uint8_t *begin, const uint8_t *end) {
  return (plug_span){(uint32_t)(begin - block), (uint32_t)(end - begin)};
}

/* Returns the quote that ends a quoted text whose first byte is `at`, or `end` if there is none. A quote that a
 * backslash escapes belongs to the text. */
static inline const uint8_t *closing_quote(const uint8_t *at, const uint8_t *end) {
  const uint8_t *const begin = at;
  for (;; at++) {
    at = find_byte(at, end, '"');
    if (at == end) return end;
    const uint8_t *slash = at;
    while (slash > begin && slash[-1] == '\\') slash--;
    if ((at - slash) % 2 == 0) return at;
  }
}

/* Returns whether bytes are a number of digits, or a single dash, which stands for no number. */
static inline int is_number(const uint8_t *at, const uint8_t *end) {
  if (at == end) return 0;
  if (end - at == 1 && *at == '-') return 1;
  for (; at < end; at++)
    if ((uint8_t)(*at - '0') > 9) return 0;
  return 1;
}

#endif
