/* Checks and repairs UTF-8. */
#ifndef SHARED_UTF8_H
#define SHARED_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Returns the number of bytes of the character at data, or 0 for invalid bytes. Follows table 3-7 of the Unicode
 * Standard: no overlong forms, no surrogates, nothing above U+10FFFF. `left` is at least 1. */
static inline size_t utf8_length(const uint8_t *data, size_t left) {
  const uint8_t lead = data[0];
  if (lead < 0x80) return 1;
  const size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || left < length) return 0;
  const uint8_t least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const uint8_t most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (data[1] < least || data[1] > most) return 0;
  for (size_t i = 2; i < length; i++)
    if ((data[i] & 0xc0) != 0x80) return 0;
  return length;
}

/* Returns the length of the valid UTF-8 at the start of the data. Passes ASCII 32 bytes at once. */
static inline size_t utf8_prefix(const uint8_t *data, size_t len) {
  size_t i = 0;
  while (i < len) {
    if (len - i >= 32) {
      uint64_t words[4];
      memcpy(words, data + i, 32);
      if (!((words[0] | words[1] | words[2] | words[3]) & UINT64_MAX / 255 << 7)) {
        i += 32;
        continue;
      }
    }
    const size_t length = utf8_length(data + i, len - i);
    if (length == 0) break;
    i += length;
  }
  return i;
}

static inline int is_utf8(const uint8_t *data, size_t len) { return utf8_prefix(data, len) == len; }

/* Copies data[len] and replaces every invalid byte by U+FFFD. Returns the length of the copy, at most 3 * len. */
static inline size_t utf8_mend(const uint8_t *data, size_t len, uint8_t *to) {
  uint8_t *const start = to;
  for (size_t i = 0; i < len;) {
    const size_t length = utf8_length(data + i, len - i);
    memcpy(to, length > 0 ? (const char *)data + i : "\xef\xbf\xbd", length > 0 ? length : 3);
    to += length > 0 ? length : 3;
    i += length > 0 ? length : 1;
  }
  return (size_t)(to - start);
}

#endif
