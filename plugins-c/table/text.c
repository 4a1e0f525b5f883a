#include "text.h"

#include <stdio.h>

#include "../shared/cells.h"
#include "../shared/utf8.h"
#include "widths.h"

#define COUNT_OF(array) (sizeof(array) / sizeof *(array))

enum {
  ESCAPE_MAX = sizeof "\\u{10ffff}",
  BYTES_OF_COLUMN = 16, /* of text that may be cut: characters of no width must not add up */
};

int append(buffer *to, const void *bytes, size_t len) {
  if (len > to->room - to->len) {
    if (len > SIZE_MAX / 4 || to->len > SIZE_MAX / 4) return 0;
    const size_t room = (to->len + len) * 2 + 256;
    uint8_t *const grown = realloc(to->bytes, room);
    if (!grown) return 0;
    to->bytes = grown;
    to->room = room;
  }
  if (len > 0) memcpy(to->bytes + to->len, bytes, len);
  to->len += len;
  return 1;
}

int append_spaces(buffer *to, size_t count) {
  static const char spaces[] = "                                ";
  for (; count > 0;) {
    const size_t some = count < sizeof spaces - 1 ? count : sizeof spaces - 1;
    if (!append(to, spaces, some)) return 0;
    count -= some;
  }
  return 1;
}

static int is_in(const character_range *ranges, size_t count, uint32_t character) {
  size_t begin = 0, end = count;
  while (begin < end) {
    const size_t middle = (begin + end) / 2;
    if (ranges[middle].last < character)
      begin = middle + 1;
    else
      end = middle;
  }
  return begin < count && ranges[begin].first <= character;
}

static uint32_t decoded(const uint8_t *data, size_t length) {
  if (length == 1) return data[0];
  uint32_t character = data[0] & (0x7fu >> length);
  for (size_t i = 1; i < length; i++) character = character << 6 | (data[i] & 0x3f);
  return character;
}

/* Writes the escape of a character, or of a byte that is none. Returns its length, or 0 if it may stand as it is. */
static size_t escape_of(uint32_t character, char *escape) {
  const int is_control = character < 0x20 || (character >= 0x7f && character < 0xa0) || character == 0xad;
  if (!is_control && (character < 0x300 || !is_in(hidden_ranges, COUNT_OF(hidden_ranges), character))) return 0;
  const char *const form = character < 0x100 ? "\\x%02x" : character < 0x10000 ? "\\u%04x" : "\\u{%x}";
  return (size_t)snprintf(escape, ESCAPE_MAX, form, (unsigned)character);
}

static size_t width_of(uint32_t character) {
  if (character < 0x300) return 1;
  if (is_in(zero_ranges, COUNT_OF(zero_ranges), character)) return 0;
  return is_in(wide_ranges, COUNT_OF(wide_ranges), character) ? 2 : 1;
}

int append_shown(buffer *to, plug_bytes text, size_t most, shown *as) {
  *as = (shown){to->len, 0, 0};
  shown cut = *as; /* where an ellipsis has room */
  for (uint64_t i = 0; i < text.len;) {
    char escape[ESCAPE_MAX];
    size_t length = utf8_length(text.data + i, (size_t)(text.len - i)), escaped, width;
    const uint32_t character = length ? decoded(text.data + i, length) : text.data[i];
    if (length == 0) {
      length = 1;
      width = escaped = (size_t)snprintf(escape, sizeof escape, "\\x%02x", (unsigned)character);
    } else {
      escaped = escape_of(character, escape);
      width = escaped ? escaped : width_of(character);
    }
    if (most > 0 && (as->width + width > most || as->len > most * BYTES_OF_COLUMN)) {
      to->len = cut.at + cut.len;
      *as = (shown){cut.at, cut.len + 3, cut.width + 1};
      return append(to, "\xe2\x80\xa6", 3);
    }
    if (!append(to, escaped ? (const void *)escape : text.data + i, escaped ? escaped : length)) return 0;
    as->len = to->len - as->at;
    as->width += width;
    if (as->width < most) cut = *as;
    i += length;
  }
  return 1;
}

/* Puts separators into the digits that a number begins with. Returns its end. */
static uint8_t *put_grouped(uint8_t *to, const char *number) {
  if (*number == '-') *to++ = (uint8_t)*number++;
  const size_t digits = strspn(number, "0123456789");
  for (size_t i = 0; i < digits; i++) {
    if (i > 0 && (digits - i) % 3 == 0) *to++ = ',';
    *to++ = (uint8_t)number[i];
  }
  const size_t rest = strlen(number + digits);
  memcpy(to, number + digits, rest);
  return to + rest;
}

static void print_real(char *to, size_t room, double real) {
  const double size = real < 0 ? -real : real;
  if (size < 1) {
    snprintf(to, room, "%.4g", real);
  } else if (size >= 1e15) {
    snprintf(to, room, "%.6g", real);
  } else {
    int end = snprintf(to, room, "%.3f", real);
    while (to[end - 1] == '0') end--;
    to[to[end - 1] == '.' ? end - 1 : end] = 0;
  }
}

int append_value(buffer *to, uint32_t type, plug_cell cell, shown *as) {
  uint8_t text[2 * CELL_MAX];
  char number[CELL_MAX];
  uint8_t *end;
  if (type == PLUG_INTEGER) {
    *put_integer((uint8_t *)number, cell.integer) = 0;
    end = put_grouped(text, number);
  } else if (type == PLUG_REAL) {
    print_real(number, sizeof number, cell.real);
    end = put_grouped(text, number);
  } else {
    end = put_cell(text, type, cell);
  }
  const size_t len = (size_t)(end - text);
  *as = (shown){to->len, len, len};
  return append(to, text, len);
}
