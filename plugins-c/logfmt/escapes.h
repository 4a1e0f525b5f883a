/* The escapes of quoted values, as JSON and Go write them. */
#ifndef LOGFMT_ESCAPES_H
#define LOGFMT_ESCAPES_H

#include <stdint.h>
#include <string.h>

/* Reads `count` hexadecimal digits. Returns -1 if there are not so many. */
static inline int64_t hex_digits(const uint8_t *at, const uint8_t *end, int count) {
  int64_t number = 0;
  if (end - at < count) return -1;
  for (int i = 0; i < count; i++) {
    const uint8_t digit = (uint8_t)(at[i] - '0'), letter = (uint8_t)((at[i] | 0x20) - 'a');
    if (digit > 9 && letter > 5) return -1;
    number = number * 16 + (digit <= 9 ? digit : letter + 10);
  }
  return number;
}

/* Writes a character as UTF-8, or U+FFFD if it is none. Returns its end. */
static inline uint8_t *put_character(uint8_t *to, int64_t c) {
  if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) c = 0xfffd;
  if (c < 0x80) {
    *to++ = (uint8_t)c;
  } else if (c < 0x800) {
    *to++ = (uint8_t)(0xc0 | c >> 6);
    *to++ = (uint8_t)(0x80 | (c & 0x3f));
  } else {
    if (c < 0x10000) {
      *to++ = (uint8_t)(0xe0 | c >> 12);
    } else {
      *to++ = (uint8_t)(0xf0 | c >> 18);
      *to++ = (uint8_t)(0x80 | (c >> 12 & 0x3f));
    }
    *to++ = (uint8_t)(0x80 | (c >> 6 & 0x3f));
    *to++ = (uint8_t)(0x80 | (c & 0x3f));
  }
  return to;
}

/* Reads an escape from behind its backslash, and writes what it stands for. Sets *to to the end of that. Returns the
 * end of the escape, or null if it is none. */
static inline const uint8_t *read_escape(const uint8_t *at, const uint8_t *end, uint8_t **to) {
  static const char letters[] = "abfnrtv\"\\/'", meanings[] = "\a\b\f\n\r\t\v\"\\/'";
  if (at == end) return NULL;
  const char *const letter = memchr(letters, *at, sizeof letters - 1);
  if (letter) {
    *(*to)++ = (uint8_t)meanings[letter - letters];
    return at + 1;
  }
  const int digits = *at == 'x' ? 2 : *at == 'u' ? 4 : *at == 'U' ? 8 : 0;
  int64_t c = digits > 0 ? hex_digits(at + 1, end, digits) : -1;
  if (c < 0) return NULL;
  at += 1 + digits;
  if (digits == 2) {
    *(*to)++ = (uint8_t)c; /* a byte, not a character */
    return at;
  }
  if (digits == 4 && c >= 0xd800 && c < 0xdc00 && end - at >= 6 && at[0] == '\\' && at[1] == 'u') {
    const int64_t low = hex_digits(at + 2, end, 4);
    if (low >= 0xdc00 && low < 0xe000) {
      c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
      at += 6;
    }
  }
  *to = put_character(*to, c);
  return at;
}

/* Copies a text with its escapes resolved; an escape that is none stays as it stands. The copy is at most as long as
 * the text. Returns its length. */
static inline uint64_t resolve_escapes(const uint8_t *at, const uint8_t *end, uint8_t *to) {
  uint8_t *const begin = to;
  while (at < end) {
    const uint8_t *slash = memchr(at, '\\', (size_t)(end - at));
    if (!slash) slash = end;
    memcpy(to, at, (size_t)(slash - at));
    to += slash - at;
    at = slash;
    if (at == end) break;
    const uint8_t *const behind = read_escape(at + 1, end, &to);
    if (!behind) *to++ = '\\';
    at = behind ? behind : at + 1;
  }
  return (uint64_t)(to - begin);
}

#endif
