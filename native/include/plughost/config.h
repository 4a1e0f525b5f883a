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

#include "json.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Goes to the value of a member. */
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

/* Copies a string member as UTF-8, which may hold NUL, into to[capacity]; *len is its length in bytes. -1 also when it
 * does not fit. Never longer than the config itself. Where the manifest says "format": "bytes" of the option, the user
 * may give any bytes: each that is no part of UTF-8 stands in the config as one \udc80 to \udcff, and is copied as that
 * byte. [any] */
static inline int plug_config_string(plug_bytes config, const char *key, uint8_t *to, uint64_t capacity,
                                     uint64_t *len) {
  plug_json_reader_ r;
  const int found = plug_config_find_(&r, config, key);
  if (found <= 0) return found;
  return plug_json_text_(&r, to, capacity, len) && plug_json_ends_(&r, '}') ? 1 : -1;
}

/* Copies the strings of a member that is an array of strings, as UTF-8 and one behind the other, into to[capacity], and
 * gives each to `each`, which returns 1 to go on, and 0 to be given no more. -1 also when they do not fit, or when
 * `each` returned 0. Together never longer than the config itself. [any] */
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

/* Reads a member that is true (*value 1) or false (0). [any] */
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

/* Reads a member that is a number of at most 63 characters. Exact for whole numbers up to 2^53. [any] */
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
