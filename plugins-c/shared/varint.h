/* Shared code of the aggregators: numbers of any size as bytes, seven bits each, the lowest first. All bytes but the
 * last have their highest bit. Only the shortest form is written and read, so equal numbers are equal bytes. */
#ifndef SHARED_VARINT_H
#define SHARED_VARINT_H

#include <plughost/base.h>

enum { VARINT_MAX = 10 }; /* bytes of the longest uint64_t */

/* Writes a number and returns its end. */
static inline uint8_t *put_varint(uint8_t *to, uint64_t number) {
  for (; number > 0x7f; number >>= 7) *to++ = (uint8_t)(number | 0x80);
  *to++ = (uint8_t)number;
  return to;
}

/* Reads a number from the begin of *bytes, which then begins after it. Returns 0 if there is none. */
static inline int take_varint(plug_bytes *bytes, uint64_t *number) {
  *number = 0;
  for (uint64_t i = 0; i < bytes->len && i < VARINT_MAX; i++) {
    const uint8_t byte = bytes->data[i];
    if (i == VARINT_MAX - 1 && byte > 1) return 0;
    *number |= (uint64_t)(byte & 0x7f) << (7 * i);
    if (byte & 0x80) continue;
    if (byte == 0 && i > 0) return 0;
    bytes->data += i + 1;
    bytes->len -= i + 1;
    return 1;
  }
  return 0;
}

#endif
