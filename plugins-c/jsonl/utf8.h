/* Whether bytes are UTF-8. */
#ifndef JSONL_UTF8_H
#define JSONL_UTF8_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Bytes of the character at data, 0 when it is none: table 3-7 of the Unicode Standard, so no overlong forms, no
 * surrogates, nothing above U+10FFFF. `left` is at least 1. */
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

/* Eight bytes at once as long as they are ASCII. */
static inline int is_utf8(const uint8_t *data, size_t len) {
  for (size_t i = 0; i < len;) {
    if (len - i >= 8) {
      uint64_t word;
      memcpy(&word, data + i, 8);
      if (!(word & UINT64_MAX / 255 << 7)) {
        i += 8;
        continue;
      }
    }
    const size_t length = utf8_length(data + i, len - i);
    if (length == 0) return 0;
    i += length;
  }
  return 1;
}

#endif
