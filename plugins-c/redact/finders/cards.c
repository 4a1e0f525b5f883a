#include "../values.h"
#include "finders.h"

enum { LEAST_DIGITS = 13, MAX_DIGITS = 19 };

static int is_separator(uint8_t c) { return c == ' ' || c == '-' || c == '+' || c == '.'; }

/* Returns whether digits with separators are a card number, by their first digits and their check digit. */
static int is_card(const uint8_t *data, size_t len) {
  unsigned sum = 0, start = 0;
  int count = 0;
  for (size_t i = len; i-- > 0;) {
    if (!is_digit(data[i])) continue;
    const unsigned digit = data[i] - '0';
    const unsigned twice = digit * 2;
    sum += count++ % 2 == 0 ? digit : twice > 9 ? twice - 9 : twice;
  }
  for (size_t i = 0; i < 4; i++) start = start * 10 + (data[i] - '0');
  return sum % 10 == 0 && ((start >= 3000 && start < 7000) || (start >= 2221 && start <= 2720));
}

/* Returns whether the quote at a position closes the name of the number after it, as in "card": 4111…, instead of
 * opening a string that begins with the colon. A letter or digit directly before the quote also means that: a line may
 * begin inside a string, and then the nesting does not know which strings are open. */
static int closes_name(line *line, size_t quote, size_t number) {
  const uint8_t how = how_at(line, quote), before = byte_before(line, quote);
  return how & (HOW_PERCENT | HOW_REFERENCE) || is_word(before) || !is_ascii(before) ||
         (how & HOW_LEVEL) == nesting_at(line, number)->strings;
}

/* Returns whether the quote at a position is the second of two that close a name in a CSV field, and no empty name. */
static int closes_twice(const line *line, size_t quote) {
  return quote > 1 && is_twice(line, quote - 1) && is_word(line->data[quote - 2]);
}

/* Adds a card number. A JSON number gets quotes, so that the replacement is a JSON string. */
static void add_number(line *line, size_t begin, size_t end) {
  const uint8_t after = byte_at(line, pass(line, end, is_blank));
  size_t before = pass_back(line, begin, is_blank);
  const uint8_t byte = byte_before(line, before);
  const int ends = after == ',' || after == ']' || after == '}';
  if (ends && byte == ':') {
    before = pass_back(line, before - 1, is_blank);
    if (byte_before(line, before) == '"') {
      const size_t quote = before - 1;
      const int is_double = closes_twice(line, quote);
      if (is_double || closes_name(line, quote, begin)) {
        found_beside(line, begin, end, CARD, quote, is_double);
        return;
      }
    }
  } else if (ends && (byte == '[' || byte == ',')) {
    const nesting *const nesting = nesting_at(line, begin);
    if (nesting->depth > 0 && nesting->lists & 1) {
      found_in_list(line, begin, end, CARD, nesting->strings);
      return;
    }
  }
  found(line, begin, end, CARD);
}

static void add_card(line *line, size_t begin, size_t end) {
  const uint8_t before = byte_before(line, begin), after = byte_at(line, end);
  const uint8_t second = begin > 1 ? line->data[begin - 2] : 0;
  const int is_track = before == 'B' && second == '%';
  if ((!begins_here(line, begin) && !is_track) || before == '_' || is_word(after) || after == '_') return;
  if (before == '.' && is_digit(second)) return;
  if (before == '-' && !is_word(second)) return; /* a negative number */
  if (after == '.' && is_digit(byte_at(line, end + 1))) return;
  if (is_card(line->data + begin, end - begin)) add_number(line, begin, end);
}

/* Adds the card numbers that begin with the group of digits at [begin, end). */
static void find_card_from(line *line, size_t begin, size_t end) {
  enum { FIRST = 4, LEAST = 3, MAX = 6, MAX_GROUPS = 5, LEAST_GROUPS = 3 };
  size_t digits = end - begin;
  if (digits >= LEAST_DIGITS && digits <= MAX_DIGITS) add_card(line, begin, end);
  const uint8_t separator = byte_at(line, end);
  if (digits != FIRST || !is_separator(separator)) return;
  for (int groups = 2; groups <= MAX_GROUPS && byte_at(line, end) == separator; groups++) {
    const size_t next = pass(line, end + 1, is_digit);
    const size_t size = next - (end + 1);
    if (size < LEAST || size > MAX) return;
    digits += size;
    end = next;
    if (groups >= LEAST_GROUPS && digits >= LEAST_DIGITS && digits <= MAX_DIGITS) add_card(line, begin, end);
  }
}

/* Runs at a digit: goes through all groups of digits around it that have single separators between them. */
void find_cards(line *line, size_t at) {
  if (at < line->card_done) return;
  const uint8_t *const data = line->data;
  size_t begin = at;
  while (begin > line->card_done &&
         (is_digit(data[begin - 1]) || (begin > 1 && is_separator(data[begin - 1]) && is_digit(data[begin - 2]))))
    begin--;
  for (;;) {
    const size_t end = pass(line, begin, is_digit);
    find_card_from(line, begin, end);
    line->card_done = end;
    if (!is_separator(byte_at(line, end)) || !is_digit(byte_at(line, end + 1))) return;
    begin = end + 1;
  }
}
