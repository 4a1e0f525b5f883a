#include "escapes.h"

#include <string.h>

#include "bytes.h"

/* One layer: a byte, or the character that a percent escape or a reference stands for. */
typedef struct unit {
  size_t len; /* 0 at the end of the line */
  uint8_t byte;
  uint8_t how;
} unit;

static int hex_value(uint8_t c) { return is_digit(c) ? c - '0' : is_hex(c) ? (c | 0x20) - 'a' + 10 : -1; }

/* Returns the value of `count` hexadecimal digits at a position, or -1. */
static int hex_at(const uint8_t *data, size_t at, size_t len, size_t digits) {
  int value = 0;
  if (len - at < digits || at > len) return -1;
  for (size_t i = 0; i < digits; i++) {
    const int digit = hex_value(data[at + i]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

static int octal_at(const uint8_t *data, size_t at, size_t len) {
  int value = 0;
  if (at > len || len - at < 3 || data[at] > '3') return -1;
  for (size_t i = 0; i < 3; i++) {
    if (data[at + i] < '0' || data[at + i] > '7') return -1;
    value = value * 8 + (data[at + i] - '0');
  }
  return value;
}

static uint8_t ascii_of(int value) { return value < NOT_ASCII ? (uint8_t)value : NOT_ASCII; }

/* Reads %41, and %2541 and so on, for text that was escaped several times. */
static unit read_percent(const uint8_t *data, size_t at, size_t len) {
  size_t end = at + 1;
  int value = hex_at(data, end, len, 2);
  if (value < 0) return (unit){1, data[at], 0};
  /* Not a percent escape: the first track of a card begins with %B and the number. */
  if (data[end] == 'B' && len - end > 13) {
    size_t digits = 1;
    while (digits < 14 && is_digit(data[end + digits])) digits++;
    if (digits == 14) return (unit){1, data[at], 0};
  }
  while (value == '%') {
    const int next = hex_at(data, end + 2, len, 2);
    if (next < 0) break;
    end += 2;
    value = next;
  }
  return (unit){end + 2 - at, ascii_of(value), HOW_PERCENT};
}

/* Reads &quot;, &#34; and &#x22;, and &amp;quot; for text that was escaped several times. */
static unit read_reference(const uint8_t *data, size_t at, size_t len) {
  static const struct {
    const char *text;
    uint8_t byte;
  } names[] = {{"amp;", '&'}, {"quot;", '"'}, {"apos;", '\''}, {"lt;", '<'}, {"gt;", '>'}, {"nbsp;", NOT_ASCII}};
  enum { NAMES = sizeof names / sizeof *names, LONGEST = 8 };
  unit made = {1, data[at], 0};
  for (size_t from = at + 1; from < len;) {
    size_t i = 0;
    if (data[from] == '#') {
      size_t end = from + 1;
      int value = 0;
      const int is_hexadecimal = end < len && (data[end] | 0x20) == 'x';
      if (is_hexadecimal) end++;
      const size_t first = end;
      for (; end < len && end - first < LONGEST; end++) {
        const int digit = hex_value(data[end]);
        if (digit < 0 || (digit > 9 && !is_hexadecimal)) break;
        if (value < 0x110000) value = value * (is_hexadecimal ? 16 : 10) + digit;
      }
      if (end == first || end >= len || data[end] != ';') return made;
      return (unit){end + 1 - at, ascii_of(value), HOW_REFERENCE};
    }
    for (; i < NAMES; i++) {
      const size_t size = strlen(names[i].text);
      if (len - from >= size && memcmp(data + from, names[i].text, size) == 0) break;
    }
    if (i == NAMES) return made;
    from += strlen(names[i].text);
    made = (unit){from - at, names[i].byte, HOW_REFERENCE};
    if (made.byte != '&') return made;
  }
  return made;
}

static unit read_unit(const uint8_t *data, size_t at, size_t len) {
  if (at >= len) return (unit){0, 0, 0};
  if (data[at] == '%') return read_percent(data, at, len);
  if (data[at] == '&') return read_reference(data, at, len);
  return (unit){1, data[at], 0};
}

static uint8_t byte_behind(const uint8_t *data, size_t at, size_t len) { return at + 1 < len ? data[at + 1] : 0; }

/* Returns the end of the terminal sequence whose ESC ends at a position. The text of a title and the target of a link
 * are not part of it, because they may hold a secret. Returns the position itself if there is no sequence. */
static size_t pass_sequence(const uint8_t *data, size_t at, size_t len) {
  unit next = read_unit(data, at, len);
  if (next.len == 0) return at;
  if (next.byte == '[') {
    const size_t begin = at + next.len;
    size_t end = begin;
    for (next = read_unit(data, end, len); next.len && next.byte >= '0' && next.byte <= '?';) {
      end += next.len;
      next = read_unit(data, end, len);
    }
    const size_t parameters = end;
    if (next.len &&
        (next.byte == '!' || next.byte == '$' || (next.byte == ' ' && byte_behind(data, end, len) == 'q'))) {
      end += next.len;
      next = read_unit(data, end, len);
    }
    /* A byte that may end the text around the sequence is not taken as its final byte. */
    if (next.len == 0 || next.byte < '@' || next.byte > '~' || strchr("\\[]{}`", next.byte)) return begin;
    /* Without parameters only the usual final bytes count, so that a word is not taken for a sequence. */
    if (parameters == begin && !strchr("ABCDEFGHJKLMPSTXfhlmu", next.byte)) return begin;
    return end + next.len;
  }
  /* After an ESC that is written with a backslash, the next backslash begins another escape. */
  if (next.byte == '\\') return data[at - 1] == SEQUENCE ? at + next.len : at;
  if (next.byte && strchr("]P_^X78=>cDEHM", next.byte)) return at + next.len;
  if (next.byte && strchr("()*+#%", next.byte)) {
    const unit last = read_unit(data, at + next.len, len);
    return last.len && is_word(last.byte) ? at + next.len + last.len : at;
  }
  return at;
}

static character sequence(const uint8_t *data, size_t at, size_t escape_end, size_t len) {
  return (character){pass_sequence(data, escape_end, len) - at, SEQUENCE, HOW_SEQUENCE};
}

/* Returns the level of a quote after `count` backslashes. Each level doubles the backslashes and adds one. */
static uint8_t level_of(size_t backslashes) {
  uint8_t level = 0;
  while (level < HOW_LEVEL && (backslashes >> level & 1)) level++;
  return level;
}

/* Returns the level of a quote that is written as a number after `count` backslashes, as in \\u0022. Each level except
 * the last doubles them. */
static uint8_t level_of_number(size_t backslashes) {
  uint8_t level = 0;
  for (; backslashes > 0 && backslashes % 2 == 0 && level < HOW_LEVEL; backslashes /= 2) level++;
  const unsigned sum = (unsigned)level + level_of(backslashes);
  return sum < HOW_LEVEL ? (uint8_t)sum : HOW_LEVEL;
}

/* Returns whether three digits after a backslash belong to a longer number, such as an address, and are no escape. */
static int is_longer_number(const uint8_t *data, size_t at, size_t len) {
  enum { OCTET = 3 };
  size_t end = at;
  while (end < len && end - at <= OCTET && is_digit(data[end])) end++;
  const int is_dotted = end + 1 < len && data[end] == '.' && is_digit(data[end + 1]);
  return end == at ? is_dotted : !is_dotted;
}

/* Reads the character after a run of backslashes. */
static character read_backslashes(const uint8_t *data, size_t at, size_t len) {
  static const char letters[] = "abfnrtv", controls[] = "\a\b\f\n\r\t\v";
  size_t end = at, count = 0;
  uint8_t how = 0;
  unit next = read_unit(data, at, len);
  for (; next.len && next.byte == '\\'; next = read_unit(data, end, len)) {
    if (how && !next.how) break; /* %5C in a URL does not escape the next backslash */
    end += next.len;
    how |= next.how;
    count++;
  }
  const character alone = {end - at, '\\', how};
  if (next.len == 0 || next.byte == '\\') return alone;
  /* Nor does it escape the quote that closes the string around the URL. */
  if (how && !next.how && next.byte == '"') return alone;
  const size_t after = end + next.len;
  how |= next.how;
  if (next.byte == '"' || next.byte == '\'' || next.byte == '`')
    return (character){after - at, next.byte, how | level_of(count)};
  int value = -1;
  size_t value_end = after;
  if (next.byte == 'u') {
    value = hex_at(data, after, len, 4);
    value_end = after + 4;
  } else if (next.byte == 'x') {
    value = hex_at(data, after, len, 2);
    value_end = after + 2;
  } else if (next.byte == '0' || next.byte == '1' || next.byte == '2' || next.byte == '3') {
    value = octal_at(data, end, len);
    value_end = end + 3;
    if (value >= 0 && is_longer_number(data, value_end, len)) value = -1;
  } else if (next.byte == 'e' && after < len && (data[after] == '[' || data[after] == ']')) {
    value = SEQUENCE;
  } else if (next.byte == '/') {
    return (character){after - at, '/', how};
  }
  if (value == SEQUENCE) return sequence(data, at, value_end, len);
  if (value >= 0) {
    if (value == '"') how |= next.byte == 'u' ? level_of_number(count) : HOW_NUMBER;
    return (character){value_end - at, ascii_of(value), how};
  }
  const char *const letter = next.byte ? strchr(letters, next.byte) : NULL;
  if (letter) return (character){after - at, (uint8_t)controls[letter - letters], how | HOW_LETTER};
  return alone;
}

character read_character(const uint8_t *data, size_t at, size_t len) {
  const character itself = {1, data[at], 0};
  const uint8_t next = at + 1 < len ? data[at + 1] : 0;
  switch (data[at]) {
    case SEQUENCE:
      return sequence(data, at, at + 1, len);
    case '\\':
      return read_backslashes(data, at, len);
    case '^': /* the notation of cat -v */
      if (next == '[' && at + 2 < len && strchr("[]()", data[at + 2]) && data[at + 2])
        return sequence(data, at, at + 2, len);
      return next && strchr("IJM@", next) ? (character){2, next & 0x1f, 0} : itself;
    case '#': { /* the notation of syslog daemons */
      const int value = octal_at(data, at + 1, len);
      if (value == SEQUENCE) return sequence(data, at, at + 4, len);
      return value >= 0 && value < ' ' ? (character){4, (uint8_t)value, 0} : itself;
    }
    case '%':
    case '&': {
      const unit unit = read_unit(data, at, len);
      if (unit.len == 1) return itself;
      if (unit.byte == SEQUENCE) return sequence(data, at, at + unit.len, len);
      if (unit.byte == '\\') return read_backslashes(data, at, len);
      return (character){unit.len, unit.byte, unit.how};
    }
    default:
      return itself;
  }
}
