/* Shared code of the exporters that write rows of typed columns: the text of one cell. */
#ifndef SHARED_CELLS_H
#define SHARED_CELLS_H

#include <plughost/columns.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 40 }; /* characters of the longest cell that is no text */

/* Returns a text of C as bytes. */
static inline plug_bytes bytes_of(const char *text) { return (plug_bytes){(const uint8_t *)text, strlen(text)}; }

/* Writes an integer and returns its end. */
static inline uint8_t *put_integer(uint8_t *to, int64_t number) {
  uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
  uint8_t digits[20];
  int count = 0;
  do digits[count++] = (uint8_t)('0' + left % 10);
  while (left /= 10);
  if (number < 0) *to++ = '-';
  while (count > 0) *to++ = digits[--count];
  return to;
}

/* Writes `width` digits of a number and returns their end. */
static inline uint8_t *put_digits(uint8_t *to, int64_t number, int width) {
  for (int i = width - 1; i >= 0; i--, number /= 10) to[i] = (uint8_t)('0' + number % 10);
  return to + width;
}

/* Writes a time as RFC 3339 in UTC, such as 2026-01-31T09:30:00.5Z, without zeros at the end of the fraction. */
static inline uint8_t *put_time(uint8_t *to, int64_t ns) {
  const int64_t second = 1000000000, day = 86400;
  int64_t fraction = ns % second, seconds = ns / second;
  if (fraction < 0) fraction += second, seconds--;
  int64_t of_day = seconds % day, days = seconds / day;
  if (of_day < 0) of_day += day, days--;
  /* The calendar repeats every 400 years, which are 146,097 days. A year that begins in March ends with the leap day.
   */
  days += 719468; /* from 0000-03-01 to 1970-01-01 */
  int64_t era = days / 146097, of_era = days % 146097;
  if (of_era < 0) of_era += 146097, era--;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march = (5 * of_year + 2) / 153;
  const int64_t month = march < 10 ? march + 3 : march - 9;
  const int64_t year = era * 400 + year_of_era + (month <= 2);
  to = put_digits(to, year, 4); /* 64 bits of nanoseconds reach from 1677 to 2262 */
  *to++ = '-';
  to = put_digits(to, month, 2);
  *to++ = '-';
  to = put_digits(to, of_year - (153 * march + 2) / 5 + 1, 2);
  *to++ = 'T';
  to = put_digits(to, of_day / 3600, 2);
  *to++ = ':';
  to = put_digits(to, of_day / 60 % 60, 2);
  *to++ = ':';
  to = put_digits(to, of_day % 60, 2);
  if (fraction > 0) {
    *to++ = '.';
    to = put_digits(to, fraction, 9);
    while (to[-1] == '0') to--;
  }
  *to++ = 'Z';
  return to;
}

/* Writes a real number with as few digits as are needed to read the same number again. */
static inline uint8_t *put_real(uint8_t *to, double real) {
  char text[CELL_MAX];
  int length = 0;
  for (int digits = 15; digits <= 17; digits++) {
    length = snprintf(text, sizeof text, "%.*g", digits, real);
    if (strtod(text, NULL) == real) break;
  }
  memcpy(to, text, (size_t)length);
  return to + length;
}

/* Writes a cell that has a value and is no text; at most CELL_MAX bytes. Returns its end. */
static inline uint8_t *put_cell(uint8_t *to, uint32_t type, plug_cell cell) {
  switch (type) {
    case PLUG_REAL:
      return put_real(to, cell.real);
    case PLUG_TIME:
      return put_time(to, cell.integer);
    case PLUG_BOOLEAN:
      memcpy(to, cell.integer ? "true" : "false", 5);
      return to + (cell.integer ? 4 : 5);
    default:
      return put_integer(to, cell.integer);
  }
}

#endif
