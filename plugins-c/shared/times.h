/* Shared code of the parsers: times as RFC 3339 writes them, and what a text is as a value of any type. */
#ifndef SHARED_TIMES_H
#define SHARED_TIMES_H

#include "convert.h"

/* Returns the number that two digits are, or -1. */
static inline int digits2(const uint8_t *at) {
  const uint8_t tens = (uint8_t)(at[0] - '0'), ones = (uint8_t)(at[1] - '0');
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

/* Returns whether a year has the day, of the months from 1. */
static inline int is_date(int year, int month, int day) {
  static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (month < 1 || month > 12 || day < 1) return 0;
  const int leap = month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  return day <= lengths[month - 1] + leap;
}

/* Reads a date such as 2026-01-31, of 10 bytes, as days since 1970. Returns 0 if it is none. */
static inline int to_days(const uint8_t *at, int64_t *days) {
  const int century = digits2(at), years = digits2(at + 2), month = digits2(at + 5), day = digits2(at + 8);
  if (century < 0 || years < 0 || at[4] != '-' || at[7] != '-') return 0;
  if (!is_date(century * 100 + years, month, day)) return 0;
  *days = days_of(century * 100 + years, month, day);
  return 1;
}

/* Reads a time of day such as 09:30:00, of 8 bytes, as seconds. A leap second is the first one of the next minute.
 * Returns 0 if it is none. */
static inline int to_seconds(const uint8_t *at, int64_t *seconds) {
  const int hour = digits2(at), minute = digits2(at + 3), second = digits2(at + 6);
  if (at[2] != ':' || at[5] != ':' || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return 0;
  *seconds = hour * 3600 + minute * 60 + second;
  return 1;
}

/* Reads a zone: Z, +01:00, +0100 or +01, and nothing behind it. Returns 0 if it is none. */
static inline int to_zone(plug_bytes text, int64_t *east) {
  const uint8_t *const at = text.data;
  *east = 0;
  if (text.len == 1) return at[0] == 'Z' || at[0] == 'z';
  if (text.len != 3 && text.len != 5 && !(text.len == 6 && at[3] == ':')) return 0;
  if (at[0] != '+' && at[0] != '-') return 0;
  const int hours = digits2(at + 1), minutes = text.len > 3 ? digits2(at + text.len - 2) : 0;
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return 0;
  *east = (hours * 60 + minutes) * 60 * (at[0] == '-' ? -1 : 1);
  return 1;
}

/* Makes nanoseconds since 1970 of days, seconds and nanoseconds. Returns 0 if they leave 64 bits. */
static inline int to_ns(int64_t days, int64_t seconds, int64_t fraction, int64_t *ns) {
  int64_t product;
  return !__builtin_mul_overflow(days * 86400 + seconds, INT64_C(1000000000), &product) &&
         !__builtin_add_overflow(product, fraction, ns);
}

/* Reads a fraction of a second such as .25 or ,25 that begins at *i, if one is there, and moves *i to its end. Digits
 * after the ninth are dropped. Returns 0 if a point or a comma has no digit after it. */
static inline int to_fraction(plug_bytes text, uint64_t *i, int64_t *fraction) {
  *fraction = 0;
  if (*i >= text.len || (text.data[*i] != '.' && text.data[*i] != ',')) return 1;
  int64_t scale = 100000000;
  const uint64_t first = ++*i;
  for (; *i < text.len && (uint8_t)(text.data[*i] - '0') <= 9; ++*i, scale /= 10)
    *fraction += scale * (text.data[*i] - '0');
  return *i > first;
}

/* Reads a whole text as digits and perhaps a fraction, such as 1431857103.25. Returns 0 if it is none, or if 64 bits do
 * not hold the whole number. *fraction is in billionths. */
static inline int to_decimal(plug_bytes text, int64_t *whole, int64_t *fraction) {
  uint64_t i = 0;
  while (i < text.len && (uint8_t)(text.data[i] - '0') <= 9) i++;
  return to_integer((plug_bytes){text.data, i}, whole) && to_fraction(text, &i, fraction) && i == text.len;
}

/* Reads a whole text as a date, or as a date and a time such as 2026-01-31T09:30:00.5+01:00. A blank may stand for the
 * T, and a comma for the point. Without a zone it is in UTC. Returns 0 if it is none. */
static inline int to_time(plug_bytes text, int64_t *ns) {
  const uint8_t *const at = text.data;
  int64_t days, seconds = 0, east = 0, fraction = 0;
  if (text.len < 10 || !to_days(at, &days)) return 0;
  if (text.len == 10) return to_ns(days, 0, 0, ns);
  if (text.len < 19 || (at[10] != 'T' && at[10] != 't' && at[10] != ' ') || !to_seconds(at + 11, &seconds)) return 0;
  uint64_t i = 19;
  if (!to_fraction(text, &i, &fraction)) return 0;
  if (i < text.len && !to_zone((plug_bytes){at + i, text.len - i}, &east)) return 0;
  return to_ns(days, seconds - east, fraction, ns);
}

/* Reads a text as a value of a type other than text. Returns 0 if it is none. */
static inline int to_value(uint32_t type, plug_bytes text, plug_cell *cell) {
  return type == PLUG_TIME ? to_time(text, &cell->integer) : to_cell(type, text, cell);
}

#endif
