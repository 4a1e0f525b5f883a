/* Shared code of the parsers: what a text is as a value of another type. The same rules hold in the SDK for Rust. */
#ifndef SHARED_CONVERT_H
#define SHARED_CONVERT_H

#include <plughost/columns.h>
#include <stdio.h>
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

/* Returns mantissa * 10^exponent where one operation of exact numbers gives the nearest double, or 0 with *exact = 0.
 */
static inline double small_decimal(uint64_t mantissa, int64_t exponent, int *exact) {
  static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                  1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  *exact = mantissa <= UINT64_C(1) << 53 && exponent >= -22 && exponent <= 22;
  if (!*exact) return 0;
  return exponent < 0 ? (double)mantissa / powers[-exponent] : (double)mantissa * powers[exponent];
}

/* Reads a whole text as a decimal number, such as -1.5e3: the nearest double. Returns 0 if it is none. Infinity, NaN,
 * hexadecimal numbers and those that leave a double are none. */
static inline int to_real(plug_bytes text, double *real) {
  enum { DIGITS = 800 }; /* a number halfway between two doubles has fewer; of further ones see below */
  char copy[DIGITS + 16];
  const uint8_t *at = text.data, *const end = text.data + text.len;
  uint64_t mantissa = 0;
  int64_t exponent = 0, power = 0;
  int kept = 0, digits = 0, point = 0, exact = 0;
  const int negative = at < end && *at == '-';
  if (at < end && (*at == '-' || *at == '+')) at++;
  for (; at < end; at++) {
    const uint8_t digit = (uint8_t)(*at - '0');
    if (digit > 9) {
      if (*at != '.' || point) break;
      point = 1;
      continue;
    }
    digits = 1;
    if (point) exponent--;
    if (kept == 0 && digit == 0) continue;
    if (kept < DIGITS) {
      if (kept < 19) mantissa = mantissa * 10 + digit;
      copy[kept++] = (char)*at;
    } else {
      exponent++;
      if (digit > 0) copy[DIGITS - 1] |= 1; /* so the last digit is not 0, and the number not halfway */
    }
  }
  if (!digits) return 0;
  if (at < end) {
    if (*at != 'e' && *at != 'E') return 0;
    at++;
    const int down = at < end && *at == '-';
    if (at < end && (*at == '-' || *at == '+')) at++;
    if (at == end) return 0;
    for (; at < end; at++) {
      const uint8_t digit = (uint8_t)(*at - '0');
      if (digit > 9) return 0;
      if (power < INT64_C(1) << 40) power = power * 10 + digit;
    }
    exponent += down ? -power : power;
  }
  double number = 0;
  if (kept > 0) {
    if (kept <= 19) number = small_decimal(mantissa, exponent, &exact);
    if (!exact) {
      /* Without a point, whose form the locale of the process decides. */
      const int64_t limit = 99999999;
      snprintf(copy + kept, sizeof copy - (size_t)kept, "e%d",
               (int)(exponent > limit    ? limit
                     : exponent < -limit ? -limit
                                         : exponent));
      number = strtod(copy, NULL);
    }
    if (number - number != 0) return 0;
  }
  *real = negative && number != 0 ? -number : number;
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
