#include <string.h>

#include "format.h"
#include "text.h"

static int starts_with(const uint8_t *at, const uint8_t *end, plug_bytes text) {
  return (uint64_t)(end - at) >= text.len && memcmp(at, text.data, text.len) == 0;
}

/* Returns whether a variable of a fixed length follows, with the text after it. */
static int follows(const format *of, uint32_t k, const uint8_t *at, const uint8_t *end) {
  const uint32_t length = of->variable[k].length;
  if (length == 0) return 1;
  if ((uint64_t)(end - at) < length) return 0;
  return k + 1 < of->variables ? starts_with(at + length, end, of->variable[k + 1].before) : at + length == end;
}

/* Returns whether a blank separates two values of a list: it comes after a comma, or before or after a colon. */
static int joins_values(const uint8_t *blank, const uint8_t *begin, const uint8_t *end) {
  if (blank == begin) return 0;
  return blank[-1] == ',' || (end - blank > 2 && blank[1] == ':' && blank[2] == ' ') ||
         (blank - begin > 1 && blank[-1] == ':' && blank[-2] == ' ');
}

/* Returns the end of variable k, which begins at `at` and is not the last one, or null if the text after it is not
 * there. A backslash escapes a quote in a value between quotes. A path may hold blanks, as Apache decodes that of %U:
 * one before a protocol ends at the blank before `HTTP/`, if a quoted text or a line has one. */
static const uint8_t *value_end(const format *of, uint32_t k, const uint8_t *at, const uint8_t *end) {
  const plug_bytes before = of->variable[k].before, after = of->variable[k + 1].before;
  if (before.len > 0 && before.data[before.len - 1] == '"' && after.data[0] == '"') {
    at = closing_quote(at, end);
    return starts_with(at, end, after) ? at : NULL;
  }
  const uint8_t *const begin = at, *first = NULL;
  const int has_protocol = of->variable[k].part == PATH && of->variable[k + 1].part == PROTOCOL;
  const uint8_t *const limit = has_protocol ? closing_quote(at, end) : at;
  for (;; at++) {
    at = find_byte(at, end, after.data[0]);
    if (at == end || (first && at > limit)) return first;
    if (of->variable[k].list && *at == ' ' && joins_values(at, begin, end)) continue;
    if (!starts_with(at, end, after) || !follows(of, k + 1, at + after.len, end)) continue;
    const plug_bytes http = {(const uint8_t *)"HTTP/", 5};
    if (!has_protocol || at > limit || starts_with(at + after.len, end, http)) return at;
    if (!first) first = at;
  }
}

static int split_line(const format *of, const uint8_t *block, plug_span line, part *to, uint32_t i) {
  const uint8_t *at = block + line.offset, *end = at + line.length;
  if (end > at && end[-1] == '\r') end--;
  if ((uint64_t)(end - at) < of->after.len) return 0;
  end -= of->after.len;
  if (memcmp(end, of->after.data, of->after.len) != 0) return 0;
  for (uint32_t k = 0; k < of->variables; k++) {
    const variable *const variable = &of->variable[k];
    /* That of a later variable has been seen. */
    if (k == 0 && !starts_with(at, end, variable->before)) return 0;
    at += variable->before.len;
    if (!follows(of, k, at, end)) return 0;
    const uint8_t *next = end;
    if (variable->length > 0)
      next = at + variable->length;
    else if (k + 1 < of->variables)
      next = value_end(of, k, at, end);
    if (!next || (variable->part == STATUS && next - at > 3)) return 0;
    if ((variable->part == STATUS || variable->part == BYTES) && !is_number(at, next)) return 0;
    /* Apache writes `""` for an empty name. */
    const int is_empty = variable->part == USER && next - at == 2 && at[0] == '"' && at[1] == '"';
    to[variable->part][i] = span_of(block, at + is_empty, next - is_empty);
    at = next;
  }
  return 1;
}

uint64_t access_format_split(const format *format, const uint8_t *block, const plug_span *lines, uint32_t count,
                             part *to) {
  uint64_t fits = 0;
  for (uint32_t i = 0; i < count; i++)
    if (split_line(format, block, lines[i], to, i)) fits |= UINT64_C(1) << i;
  return fits;
}
