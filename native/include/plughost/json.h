/* plughost: the JSON that config.h reads
 *
 * Not part of the contract, and not for authors: config.h uses these functions. They read JSON text that the host has
 * checked, from front to back, allocate nothing, and are safe on any bytes.
 */
#ifndef PLUGHOST_JSON_H
#define PLUGHOST_JSON_H

#include <string.h>

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plug_json_reader_ {
  const uint8_t *at;
  const uint8_t *end;
} plug_json_reader_;

static inline void plug_json_space_(plug_json_reader_ *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

static inline int plug_json_take_(plug_json_reader_ *r, char wanted) {
  plug_json_space_(r);
  if (r->at >= r->end || *r->at != (uint8_t)wanted) return 0;
  r->at++;
  return 1;
}

/* Reads four hex digits. Returns their value, or -1 on bad input. */
static inline int32_t plug_json_hex_(plug_json_reader_ *r) {
  int32_t value = 0;
  if (r->end - r->at < 4) return -1;
  for (int i = 0; i < 4; i++) {
    const uint8_t c = *r->at++;
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value << 4 | digit;
  }
  return value;
}

/* Reads a character of a string as UTF-8 into `to`. Returns its bytes (1 to 4), 0 at the closing quote, -1 if bad. */
static inline int plug_json_char_(plug_json_reader_ *r, uint8_t to[4]) {
  if (r->at >= r->end || *r->at < 0x20) return -1;
  uint8_t c = *r->at++;
  if (c == '"') return 0;
  to[0] = c;
  if (c != '\\') return 1;
  if (r->at >= r->end) return -1;
  c = *r->at++;
  if (c != 'u') {
    static const char escapes[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    const char *const escape = c ? strchr(escapes, c) : NULL;
    if (!escape) return -1;
    to[0] = (uint8_t)meanings[escape - escapes];
    return 1;
  }
  int32_t code = plug_json_hex_(r);
  /* Stands for a byte that is not UTF-8: see plug_config_string. */
  if (code >= 0xdc80 && code <= 0xdcff) return to[0] = (uint8_t)(code - 0xdc00), 1;
  if (code < 0 || (code >= 0xdc00 && code <= 0xdfff)) return -1;
  if (code >= 0xd800 && code <= 0xdbff) {
    if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u') return -1;
    r->at += 2;
    const int32_t low = plug_json_hex_(r);
    if (low < 0xdc00 || low > 0xdfff) return -1;
    code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
  }
  if (code < 0x80) {
    to[0] = (uint8_t)code;
    return 1;
  }
  const int extra = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  to[0] = (uint8_t)((extra == 1 ? 0xc0 : extra == 2 ? 0xe0 : 0xf0) | code >> 6 * extra);
  for (int i = 1; i <= extra; i++) to[i] = (uint8_t)(0x80 | (code >> 6 * (extra - i) & 0x3f));
  return extra + 1;
}

/* Reads a string after its opening quote. Returns 1 if it equals `key` (null: any), 0 if not, -1 on bad input. */
static inline int plug_json_string_is_(plug_json_reader_ *r, const char *key) {
  int same = 1;
  uint8_t bytes[4];
  int count;
  while ((count = plug_json_char_(r, bytes)) > 0) {
    for (int i = 0; key && i < count; i++) {
      same = same && *key && (uint8_t)*key == bytes[i];
      if (*key) key++;
    }
  }
  return count < 0 ? -1 : same && (!key || !*key);
}

/* Skips a value. Returns 0 on bad input. Only counts brackets, because the host has checked the JSON. */
static inline int plug_json_skip_(plug_json_reader_ *r) {
  uint32_t depth = 0;
  for (;;) {
    plug_json_space_(r);
    if (r->at >= r->end) return 0;
    const uint8_t c = *r->at;
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return 1;
    r->at++;
    if (c == '"' && plug_json_string_is_(r, NULL) < 0) return 0;
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') depth--;
  }
}

/* Copies a string as UTF-8 into to[capacity] and sets *len. Returns 0 on bad input, or if the string does not fit. */
static inline int plug_json_text_(plug_json_reader_ *r, uint8_t *to, uint64_t capacity, uint64_t *len) {
  uint8_t bytes[4];
  int count;
  *len = 0;
  if (!plug_json_take_(r, '"')) return 0;
  while ((count = plug_json_char_(r, bytes)) > 0) {
    if (capacity - *len < (uint64_t)count) return 0;
    for (int i = 0; i < count; i++) to[(*len)++] = bytes[i];
  }
  return count == 0;
}

/* Returns whether a value ends here: a comma or the closing bracket follows. */
static inline int plug_json_ends_(plug_json_reader_ *r, char bracket) {
  plug_json_space_(r);
  return r->at < r->end && (*r->at == ',' || *r->at == (uint8_t)bracket);
}

#ifdef __cplusplus
}
#endif
#endif
