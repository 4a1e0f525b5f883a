#include "values.h"

#include <string.h>

enum { LAYERS = HOW_PERCENT | HOW_REFERENCE };

int stops(const line *line, size_t at) {
  const uint8_t c = byte_at(line, at);
  return c <= ' ' || strchr(",;&|)]}<>", c) || is_quote(c);
}

/* Returns the end of the field name at a position, with its closing quote, or `at` if there is none. */
static size_t pass_field(const line *line, size_t at, int with_spaces) {
  enum { LONGEST = 40 };
  const uint8_t first = byte_at(line, at);
  if (!is_letter(first) && first != '_' && first != '-' && first != '$') return at;
  size_t end = at;
  for (; end < line->len && end - at < LONGEST; end++) {
    const uint8_t c = line->data[end];
    if (!is_name(c) && c != '.' && c != '[' && c != ']' && c != '%' && c != '$' && !(c == ' ' && with_spaces)) break;
  }
  return is_quote(byte_at(line, end)) ? end + 1 : end;
}

int is_next_field(const line *line, size_t at, uint8_t separator) {
  const size_t end = pass_field(line, at, 0);
  if (end == at || byte_at(line, end) != separator) return 0;
  const uint8_t after = byte_at(line, end + 1);
  /* An = at the end belongs to base64, and a colon inside a word belongs to the word. */
  return separator == '=' ? after != '=' && after > ' ' : after <= ' ' || is_quote(after);
}

/* Returns whether a separator ends the value here: the end of a value or another field follows it. */
static int is_between(const line *line, size_t at, uint8_t separator) {
  if (stops(line, at + 1)) return 1;
  const size_t end = pass_field(line, at + 1, line->data[at] == ';');
  if (end == at + 1) return 0;
  const uint8_t c = byte_at(line, end), after = byte_at(line, end + 1);
  if (c == '=') return after != '=' && (after > ' ' || line->data[at] == '&');
  return c == ':' && separator == ':' && after != ':';
}

/* Returns whether a < begins a tag instead of belonging to a value. */
static int is_tag(const line *line, size_t at) {
  enum { LONGEST = 64 };
  const uint8_t first = byte_at(line, at + 1);
  if (!is_letter(first) && first != '/' && first != '!') return 0;
  for (size_t end = at + 1; end < line->len && end - at < LONGEST; end++)
    if (line->data[end] == '>') return 1;
  return 0;
}

size_t pass_bare(const line *line, size_t at, around around) {
  unsigned open = 0;
  for (; at < line->len; at++) {
    const uint8_t c = line->data[at], how = how_at(line, at);
    if (how & HOW_PERCENT && !(around.how & HOW_PERCENT)) continue;
    if (c <= ' ') return at;
    switch (c) {
      case '"':
        if ((how & HOW_LEVEL) < around.strings && !(how & HOW_NUMBER)) return at;
        /* fallthrough */
      case '\'':
      case '`':
        if (stops(line, at + 1)) return at;
        break;
      case '(':
      case '[':
      case '{':
        open++;
        break;
      case ')':
      case ']':
      case '}':
        if (open > 0) {
          open--;
        } else if (stops(line, at + 1)) {
          return at;
        }
        break;
      case ',':
      case ';':
      case '&':
      case '|':
        if (is_between(line, at, around.separator)) return at;
        break;
      case '<':
        if (is_tag(line, at)) return at;
        break;
      case '>':
        if (stops(line, at + 1)) return at;
        break;
    }
  }
  return at;
}

size_t pass_quoted(const line *line, size_t quote, around around, int is_double) {
  const uint8_t mark = line->data[quote], how = how_at(line, quote);
  size_t at = quote + 1 + (is_double != 0);
  for (; at < line->len; at++) {
    const uint8_t c = line->data[at], layers = how_at(line, at) & LAYERS, level = how_at(line, at) & HOW_LEVEL;
    if (how_at(line, at) & (LAYERS | HOW_NUMBER) & ~how) continue; /* its notation makes it part of the value */
    /* It has the notation of the text around the value. */
    if (how & LAYERS && !layers && (is_quote(c) || (how & HOW_PERCENT && (c <= ' ' || c == '&' || c == '<'))))
      return at;
    if (c == mark && level <= (how & HOW_LEVEL)) return at;
    if (c == mark && is_double && byte_at(line, at + 1) == mark) at++;
    if (c == '"' && !layers && level < around.strings) return at;
  }
  return line->len;
}

size_t pass_glued(const line *line, size_t at, around around) {
  while (at < line->len) {
    const uint8_t c = line->data[at], level = how_at(line, at) & HOW_LEVEL;
    if (is_quote(c)) {
      if (c == '"' && level < around.strings) return at;
      if (level > around.strings) {
        at++; /* an escaped quote */
        continue;
      }
      const size_t end = pass_quoted(line, at, around, 0);
      if (byte_at(line, end) != c) return at;
      at = end + 1;
    } else if (is_word(c) || !is_ascii(c)) {
      at++;
    } else {
      return at;
    }
  }
  return at;
}

int closes_string(const line *line, size_t quote, unsigned strings) {
  if (line->data[quote] != '"' || how_at(line, quote) & (LAYERS | HOW_NUMBER)) return 0;
  if ((how_at(line, quote) & HOW_LEVEL) >= strings) return 0;
  const size_t next = pass(line, quote + 1, is_space);
  const uint8_t after = byte_at(line, next);
  if (after == '"' && (how_at(line, next) & HOW_LEVEL) < (how_at(line, quote) & HOW_LEVEL)) return 1;
  return after == 0 || strchr(",:]}", after) != NULL;
}

int is_twice(const line *line, size_t quote) {
  return byte_at(line, quote + 1) == line->data[quote] && how_at(line, quote + 1) == how_at(line, quote);
}

int is_doubled(const line *line, size_t quote, unsigned strings) {
  return strings > 0 && !how_at(line, quote) && is_twice(line, quote) && is_word(byte_at(line, quote + 2));
}

static int is_parameter(uint8_t c) { return is_name(c) || c == '.' || c == '*'; }

size_t pass_parts(const line *line, size_t at, around around) {
  around.separator = '=';
  for (;;) {
    size_t value = pass(line, at, is_parameter);
    size_t end;
    if (byte_at(line, value) == '=' && byte_at(line, value + 1) == '"' &&
        !closes_string(line, value + 1, around.strings)) {
      const int is_double = is_doubled(line, value + 1, around.strings);
      end = pass_quoted(line, value + 1, around, is_double);
      if (byte_at(line, end) == '"' && !closes_string(line, end, around.strings)) {
        end += 1 + (size_t)is_double;
      } else if (byte_at(line, end) == '"' && byte_at(line, end + 1) == ',' &&
                 how_at(line, end) == how_at(line, value + 1)) {
        end++;
      }
    } else {
      end = pass_bare(line, at, around);
    }
    at = end;
    if (byte_at(line, at) != ',' && byte_at(line, at) != ';') return end;
    at = pass(line, at + 1, is_blank);
    value = pass(line, at, is_parameter);
    if (value == at || byte_at(line, value) != '=') return end;
  }
}
