/* Shared code of the exporters that write CSV: values as RFC 4180 quotes them. */
#ifndef SHARED_CSV_H
#define SHARED_CSV_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Copies bytes and returns their end. */
static inline uint8_t *put(uint8_t *to, const void *data, size_t len) {
  if (len > 0) memcpy(to, data, len);
  return to + len;
}

/* Returns whether a value must stand in quotes. A line holds no newline, but a file name may. */
static inline int needs_quotes(const uint8_t *data, size_t len, uint8_t delimiter) {
  return len > 0 &&
         (memchr(data, '"', len) || memchr(data, delimiter, len) || memchr(data, '\r', len) || memchr(data, '\n', len));
}

/* Writes a value in quotes, with its own quotes doubled: at most 2 * len + 2 bytes. Returns the end. */
static inline uint8_t *put_quoted(uint8_t *to, const uint8_t *data, size_t len) {
  const uint8_t *const end = data + len;
  *to++ = '"';
  for (const uint8_t *quote; data < end && (quote = memchr(data, '"', (size_t)(end - data))); data = quote + 1) {
    to = put(to, data, (size_t)(quote + 1 - data));
    *to++ = '"';
  }
  to = put(to, data, (size_t)(end - data));
  *to++ = '"';
  return to;
}

#endif
