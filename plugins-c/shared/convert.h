/* Shared code of the parsers: what a text is as a value of another type. The same rules hold in the SDK for Rust. */
#ifndef SHARED_CONVERT_H
#define SHARED_CONVERT_H

#include <plughost/columns.h>
#include <stdlib.h>
#include <string.h>

/* Reads a whole text as a decimal integer, perhaps with a sign. Returns 0 if it is none, or leaves 64 bits. */
static inline int to_integer(plug_bytes text, int64_t *integer) {
  uint64_t number = 0, i = 0;
  const int negative = text.len > 0 && text.data[0] == '-';
  if (negative || (text.len > 0 && text.data[0] == '+')) i++;
  if (i == text.len) return 0;
  while (i + 1 < text.len && text.data[i] == '0') i++;
  if (text.len - i > 19) return 0;
  for (; i < text.len; i++) {
    const uint8_t digit = (uint8_t)(text.data[i] - '0');
    if (digit > 9) return 0;
    number = number * 10 + digit;
  }
  if (number > (uint64_t)INT64_MAX + (uint64_t)negative) return 0;
  *integer = negative ? (int64_t)(0 - number) : (int64_t)number;
  return 1;
}

/* Reads a whole text as a decimal number, such as -1.5e3. Returns 0 if it is none. Infinity, NaN and hexadecimal
 * numbers are none. */
static inline int to_real(plug_bytes text, double *real) {
  char copy[64];
  char *end = NULL;
  int64_t integer;
  if (text.len == 0 || text.len >= sizeof copy) return 0;
  /* Up to 15 digits are exact. */
  if (text.len <= 15 && to_integer(text, &integer)) {
    *real = (double)integer;
    return 1;
  }
  int digits = 0;
  for (uint64_t i = 0; i < text.len; i++) {
    const char c = (char)text.data[i];
    if (c >= '0' && c <= '9')
      digits = 1;
    else if (!c || !strchr("+-.eE", c))
      return 0;
    copy[i] = c;
  }
  copy[text.len] = 0;
  if (!digits) return 0;
  *real = strtod(copy, &end);
  if (end != copy + text.len || *real - *real != 0) return 0;
  if (*real == 0) *real = 0; /* no negative zero */
  return 1;
}

/* Reads true or false, 1 or 0. Returns 0 for any other text. */
static inline int to_boolean(plug_bytes text, int64_t *boolean) {
  const int yes = (text.len == 4 && memcmp(text.data, "true", 4) == 0) || (text.len == 1 && text.data[0] == '1');
  const int no = (text.len == 5 && memcmp(text.data, "false", 5) == 0) || (text.len == 1 && text.data[0] == '0');
  *boolean = yes;
  return yes || no;
}

/* Reads a text as a value of a type that is neither text nor time. Returns 0 if it is none. */
static inline int to_cell(uint32_t type, plug_bytes text, plug_cell *cell) {
  if (type == PLUG_INTEGER) return to_integer(text, &cell->integer);
  if (type == PLUG_REAL) return to_real(text, &cell->real);
  return type == PLUG_BOOLEAN && to_boolean(text, &cell->integer);
}

/* Returns the days from 1970-01-01 to a date of the Gregorian calendar. */
static inline int64_t days_of(int64_t year, int64_t month, int64_t day) {
  /* A year that begins in March ends with the leap day. */
  year -= month <= 2;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

#endif
