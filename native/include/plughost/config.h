/* plughost: reading a config in C
 *
 * Not part of the contract: a convenience for authors. The config that init receives is a JSON object that matches the
 * manifest's schema. These functions read its members. They copy, allocate nothing, and are safe on any bytes; the host
 * refuses what is not JSON. Each returns 1 if the object has the member with the right type, 0 if it has no such
 * member, and -1 if the member has another type or cannot be read. If a key occurs twice, the first one counts.
 */
#ifndef PLUGHOST_CONFIG_H
#define PLUGHOST_CONFIG_H

#include <stdlib.h>
#include <string.h>

#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Moves to the value of a member. Returns 1, 0 or -1 as above. */
static inline int plug_config_find_(plug_json_reader_ *r, plug_bytes config, const char *key) {
  if (!config.data) return -1;
  r->at = config.data;
  r->end = config.data + config.len;
  if (!plug_json_take_(r, '{')) return -1;
  if (plug_json_take_(r, '}')) return 0;
  do {
    if (!plug_json_take_(r, '"')) return -1;
    const int same = plug_json_string_is_(r, key);
    if (same < 0 || !plug_json_take_(r, ':')) return -1;
    plug_json_space_(r);
    if (same) return r->at < r->end ? 1 : -1;
    if (!plug_json_skip_(r)) return -1;
  } while (plug_json_take_(r, ','));
  return plug_json_take_(r, '}') ? 0 : -1;
}

/* Copies a string member as UTF-8, which may contain NUL, into to[capacity], and sets *len to its bytes. Returns -1
 * also if it does not fit. It is never longer than the config. If the manifest gives the option "format": "bytes", the
 * user may pass any bytes: the config has \udc80 to \udcff for each byte that is not UTF-8, and this function copies
 * the byte. [any] */
static inline int plug_config_string(plug_bytes config, const char *key, uint8_t *to, uint64_t capacity,
                                     uint64_t *len) {
  plug_json_reader_ r;
  const int found = plug_config_find_(&r, config, key);
  if (found <= 0) return found;
  return plug_json_text_(&r, to, capacity, len) && plug_json_ends_(&r, '}') ? 1 : -1;
}

/* Copies the strings of an array member as UTF-8 into to[capacity], one after the other, and calls `each` with each
 * string. `each` returns 1 to continue, 0 to stop. Returns -1 also if the strings do not fit, or if `each` returned 0.
 * Together they are never longer than the config. [any] */
static inline int plug_config_strings(plug_bytes config, const char *key, uint8_t *to, uint64_t capacity,
                                      int (*each)(void *context, const uint8_t *text, uint64_t len), void *context) {
  plug_json_reader_ r;
  const int found = plug_config_find_(&r, config, key);
  if (found <= 0) return found;
  if (!plug_json_take_(&r, '[')) return -1;
  int more = !plug_json_take_(&r, ']');
  while (more) {
    uint64_t len;
    if (!plug_json_text_(&r, to, capacity, &len) || !each(context, to, len)) return -1;
    to += len;
    capacity -= len;
    more = plug_json_take_(&r, ',');
    if (!more && !plug_json_take_(&r, ']')) return -1;
  }
  return plug_json_ends_(&r, '}') ? 1 : -1;
}

/* Reads a boolean member: sets *value to 1 or 0. [any] */
static inline int plug_config_bool(plug_bytes config, const char *key, int *value) {
  plug_json_reader_ r;
  const int found = plug_config_find_(&r, config, key);
  if (found <= 0) return found;
  const int is_true = *r.at == 't';
  for (const char *word = is_true ? "true" : "false"; *word; word++, r.at++)
    if (r.at >= r.end || *r.at != (uint8_t)*word) return -1;
  if (!plug_json_ends_(&r, '}')) return -1;
  *value = is_true;
  return 1;
}

/* Reads a number member of at most 63 characters. Whole numbers up to 2^53 are exact. [any] */
static inline int plug_config_number(plug_bytes config, const char *key, double *value) {
  plug_json_reader_ r;
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
  if (first < '0' || first > '9' || end != text + len || !plug_json_ends_(&r, '}')) return -1;
  *value = number;
  return 1;
}

#ifdef __cplusplus
}
#endif
#endif
