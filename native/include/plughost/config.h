/* plughost: reading a config in C
 *
 * Not part of the contract: a convenience for authors. The config that init gets is a JSON object which fits the
 * manifest's schema; these functions read the members of that object. They copy, allocate nothing, and are safe on any
 * bytes, but leave it to the host to refuse what is not JSON. Each returns 1 when the member is there and of the type,
 * 0 when it is not there, -1 when it is of another type or cannot be read. Of members with one key the first counts.
 */
#ifndef PLUGHOST_CONFIG_H
#define PLUGHOST_CONFIG_H

#include <stdlib.h>
#include <string.h>

#include "base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct plug_config_reader_ {
  const uint8_t *at;
  const uint8_t *end;
} plug_config_reader_;

static inline void plug_config_space_(plug_config_reader_ *r) {
  while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r')) r->at++;
}

static inline int plug_config_take_(plug_config_reader_ *r, char wanted) {
  plug_config_space_(r);
  if (r->at >= r->end || *r->at != (uint8_t)wanted) return 0;
  r->at++;
  return 1;
}

/* Four hex digits, or -1. */
static inline int32_t plug_config_hex_(plug_config_reader_ *r) {
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

/* The next character of a string as UTF-8 (1 to 4 bytes in `to`), 0 at the closing quote, -1 on bad input. */
static inline int plug_config_char_(plug_config_reader_ *r, uint8_t to[4]) {
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
  int32_t code = plug_config_hex_(r);
  if (code < 0 || (code >= 0xdc00 && code <= 0xdfff)) return -1;
  if (code >= 0xd800 && code <= 0xdbff) {
    if (r->end - r->at < 2 || r->at[0] != '\\' || r->at[1] != 'u') return -1;
    r->at += 2;
    const int32_t low = plug_config_hex_(r);
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

/* Reads a string behind its opening quote: 1 when it equals `key` (null: any), 0 when it does not, -1 on bad input. */
static inline int plug_config_string_is_(plug_config_reader_ *r, const char *key) {
  int same = 1;
  uint8_t bytes[4];
  int count;
  while ((count = plug_config_char_(r, bytes)) > 0) {
    for (int i = 0; key && i < count; i++) {
      same = same && *key && (uint8_t)*key == bytes[i];
      if (*key) key++;
    }
  }
  return count < 0 ? -1 : same && (!key || !*key);
}

/* Passes over a value; 0 on bad input. Brackets are only counted, since the host has checked the JSON. */
static inline int plug_config_skip_(plug_config_reader_ *r) {
  uint32_t depth = 0;
  for (;;) {
    plug_config_space_(r);
    if (r->at >= r->end) return 0;
    const uint8_t c = *r->at;
    if (depth == 0 && (c == ',' || c == '}' || c == ']')) return 1;
    r->at++;
    if (c == '"' && plug_config_string_is_(r, NULL) < 0) return 0;
    if (c == '{' || c == '[') depth++;
    if (c == '}' || c == ']') depth--;
  }
}

/* Goes to the value of a member. */
static inline int plug_config_find_(plug_config_reader_ *r, plug_bytes config, const char *key) {
  if (!config.data) return -1;
  r->at = config.data;
  r->end = config.data + config.len;
  if (!plug_config_take_(r, '{')) return -1;
  if (plug_config_take_(r, '}')) return 0;
  do {
    if (!plug_config_take_(r, '"')) return -1;
    const int same = plug_config_string_is_(r, key);
    if (same < 0 || !plug_config_take_(r, ':')) return -1;
    plug_config_space_(r);
    if (same) return r->at < r->end ? 1 : -1;
    if (!plug_config_skip_(r)) return -1;
  } while (plug_config_take_(r, ','));
  return plug_config_take_(r, '}') ? 0 : -1;
}

/* Whether the value ends here, as the values of an object do. */
static inline int plug_config_ends_(plug_config_reader_ *r) {
  plug_config_space_(r);
  return r->at < r->end && (*r->at == ',' || *r->at == '}');
}

/* Copies a string member as UTF-8, which may hold NUL, into to[capacity]; *len is its length in bytes. -1 also when it
 * does not fit. Never longer than the config itself. [any] */
static inline int plug_config_string(plug_bytes config, const char *key, uint8_t *to, uint64_t capacity,
                                     uint64_t *len) {
  plug_config_reader_ r;
  const int found = plug_config_find_(&r, config, key);
  if (found <= 0) return found;
  if (!plug_config_take_(&r, '"')) return -1;
  uint8_t bytes[4];
  int count;
  *len = 0;
  while ((count = plug_config_char_(&r, bytes)) > 0) {
    if (capacity - *len < (uint64_t)count) return -1;
    for (int i = 0; i < count; i++) to[(*len)++] = bytes[i];
  }
  return count == 0 && plug_config_ends_(&r) ? 1 : -1;
}

/* Reads a member that is true (*value 1) or false (0). [any] */
static inline int plug_config_bool(plug_bytes config, const char *key, int *value) {
  plug_config_reader_ r;
  const int found = plug_config_find_(&r, config, key);
  if (found <= 0) return found;
  const int is_true = *r.at == 't';
  for (const char *word = is_true ? "true" : "false"; *word; word++, r.at++)
    if (r.at >= r.end || *r.at != (uint8_t)*word) return -1;
  if (!plug_config_ends_(&r)) return -1;
  *value = is_true;
  return 1;
}

/* Reads a member that is a number of at most 63 characters. Exact for whole numbers up to 2^53. [any] */
static inline int plug_config_number(plug_bytes config, const char *key, double *value) {
  plug_config_reader_ r;
  const int found = plug_config_find_(&r, config, key);
  if (found <= 0) return found;
  char text[64];
  size_t len = 0;
  for (; r.at < r.end && len < sizeof text - 1 && *r.at && strchr("+-.0123456789Ee", *r.at); r.at++)
    text[len++] = (char)*r.at;
  text[len] = 0;
  const char first = text[text[0] == '-'];
  char *end;
  const double number = strtod(text, &end);
  if (first < '0' || first > '9' || end != text + len || !plug_config_ends_(&r)) return -1;
  *value = number;
  return 1;
}

#ifdef __cplusplus
}
#endif
#endif
