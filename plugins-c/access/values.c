#include "values.h"

#include <string.h>

#include "../shared/find.h"
#include "../shared/times.h"

/* Returns whether bytes are the name of a method: a letter, then letters, `-` and `_`. */
static int is_method(const uint8_t *at, const uint8_t *end) {
  if ((uint8_t)((*at | 0x20) - 'a') > 25) return 0;
  while (++at < end)
    if ((uint8_t)((*at | 0x20) - 'a') > 25 && *at != '-' && *at != '_') return 0;
  return 1;
}

/* Splits a request such as `GET /path HTTP/1.1`. A request of another form has no parts. */
static void split_request(const uint8_t *block, uint32_t i, part *to) {
  const plug_span request = to[REQUEST][i];
  to[METHOD][i] = to[PATH][i] = to[PROTOCOL][i] = (plug_span){0, MISSING};
  if (request.length == MISSING) return;
  const uint8_t *const begin = block + request.offset, *const end = begin + request.length;
  const uint8_t *space = begin + 3;
  if (request.length < 4 || memcmp(begin, "GET ", 4) != 0) {
    space = find_byte(begin, end, ' ');
    if (space == end || space == begin || !is_method(begin, space)) return;
  }
  /* The last word has most often eight bytes. */
  const uint8_t *last = end;
  if (request.length >= 9 && end[-9] == ' ' && memcmp(end - 8, "HTTP/1.", 7) == 0 && end[-1] != ' ') last -= 8;
  while (last > space && last[-1] != ' ') last--;
  const int has_protocol = last - 1 > space && end - last > 5 && memcmp(last, "HTTP/", 5) == 0;
  const uint8_t *const path_end = has_protocol ? last - 1 : end;
  to[METHOD][i] = (plug_span){request.offset, (uint32_t)(space - begin)};
  if (path_end > space + 1) to[PATH][i] = (plug_span){(uint32_t)(space + 1 - block), (uint32_t)(path_end - space - 1)};
  if (has_protocol) to[PROTOCOL][i] = (plug_span){(uint32_t)(last - block), (uint32_t)(end - last)};
}

void access_split_requests(const uint8_t *block, uint64_t fits, part *to) {
  for (; fits; fits &= fits - 1) split_request(block, (uint32_t)__builtin_ctzll(fits), to);
}

static int two_digits(const uint8_t *at) {
  const uint8_t tens = (uint8_t)(at[0] - '0'), ones = (uint8_t)(at[1] - '0');
  return tens > 9 || ones > 9 ? -1 : tens * 10 + ones;
}

static int four_digits(const uint8_t *at) {
  const int century = two_digits(at), year = two_digits(at + 2);
  return century < 0 || year < 0 ? -1 : century * 100 + year;
}

/* Returns the number of a month such as Oct, from 1, or 0 if it is none. */
static int month_of(const uint8_t *at) {
  static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  for (int month = 0; month < 12; month++)
    if (memcmp(at, names + 3 * month, 3) == 0) return month + 1;
  return 0;
}

/* Reads the date of a time such as 10/Oct/2000:13:55:36 -0700, or of one such as 2000-10-10T13:55:36-07:00 if it is an
 * ISO time, in days since 1970. Returns 0 if the calendar has no such date. */
static int read_date(const uint8_t *at, int iso, int64_t *days) {
  static const uint8_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (iso ? at[4] != '-' || at[7] != '-' || at[10] != 'T' : at[2] != '/' || at[6] != '/' || at[11] != ':') return 0;
  const int year = four_digits(iso ? at : at + 7), month = iso ? two_digits(at + 5) : month_of(at + 3);
  const int day = two_digits(iso ? at + 8 : at);
  if (year < 0 || month < 1 || month > 12 || day < 1) return 0;
  const int leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (day > lengths[month - 1] + (month == 2 && leap)) return 0;
  *days = days_of(year, month, day);
  return 1;
}

/* Reads an offset from UTC such as -0700 or -07:00, in seconds. Returns 0 if it is none: no place is more than 14 hours
 * away. */
static int read_offset(const uint8_t *at, int iso, int64_t *seconds) {
  const int hours = two_digits(at + 1), minutes = two_digits(at + (iso ? 4 : 3));
  if ((at[0] != '+' && at[0] != '-') || hours < 0 || minutes < 0 || minutes > 59) return 0;
  if (hours * 60 + minutes > 14 * 60 || (iso && at[3] != ':')) return 0;
  *seconds = (at[0] == '-' ? -60 : 60) * (hours * 60 + minutes);
  return 1;
}

/* Returns eight bytes as a number whose lowest byte is the first. */
static inline uint64_t load(const uint8_t *at) {
  uint64_t bytes = 0;
  for (int i = 0; i < 8; i++) bytes |= (uint64_t)at[i] << (8 * i);
  return bytes;
}

/* Reads a clock such as 13:55:36, as eight bytes at once. Returns its seconds, or -1 if it is none. A leap second is
 * one. */
static inline int64_t read_clock(const uint8_t *at) {
  /* Digits become 0 to 9, and colons 0. Whatever else is there sets a bit of the upper half of its byte, at the latest
   * after the sum. */
  const uint64_t bytes = load(at) ^ UINT64_C(0x30303a30303a3030);
  if ((bytes | (bytes + UINT64_C(0x06060f06060f0606))) & UINT64_C(0xf0f0f0f0f0f0f0f0)) return -1;
  const uint64_t pairs = bytes * 10 + (bytes >> 8);
  const int64_t hour = pairs & 0xff, minute = pairs >> 24 & 0xff, second = pairs >> 48 & 0xff;
  return hour > 23 || minute > 59 || second > 60 ? -1 : (hour * 60 + minute) * 60 + second;
}

/* Reads a time such as 10/Oct/2000:13:55:36 -0700 or 2000-10-10T13:55:36-07:00, in nanoseconds since 1970. Returns 0 if
 * it is none. */
static inline int read_time(last_date *last, const uint8_t *at, uint32_t length, int64_t *ns) {
  if (length != 26 && length != 25) return 0;
  /* Both kinds end with six bytes of the offset, one of which is a space or a colon. */
  const uint8_t *const offset = at + length - 6;
  const uint8_t *const clock_at = at + length - 14;
  if (last->length != length || memcmp(last->date, at, 11) != 0 || clock_at[-1] != (length == 26 ? ':' : 'T') ||
      memcmp(last->offset, offset, 6) != 0) {
    const int iso = length == 25;
    int64_t days, shift;
    if ((!iso && *offset != ' ') || !read_date(at, iso, &days) || !read_offset(offset + !iso, iso, &shift)) return 0;
    memcpy(last->date, at, 11);
    memcpy(last->offset, offset, 6);
    last->begin = days * 86400 - shift;
    last->length = length;
  }
  const int64_t clock = read_clock(clock_at);
  return clock >= 0 && !__builtin_mul_overflow(last->begin + clock, INT64_C(1000000000), ns);
}

/* Reads one to eight digits at once. Returns 0 if other bytes are there. */
static inline int read_digits(const uint8_t *at, uint32_t length, int64_t *number) {
  /* Digits become 0 to 9; zeros are put before them. */
  uint64_t bytes = (load(at) ^ UINT64_C(0x3030303030303030)) << (64 - 8 * length);
  if ((bytes | (bytes + UINT64_C(0x0606060606060606))) & UINT64_C(0xf0f0f0f0f0f0f0f0)) return 0;
  bytes = bytes * 10 + (bytes >> 8); /* two digits in every other byte */
  const uint64_t mask = UINT64_C(0x000000ff000000ff);
  bytes = ((bytes & mask) * UINT64_C(0x000f424000000064) + (bytes >> 16 & mask) * UINT64_C(0x0000271000000001)) >> 32;
  *number = (int64_t)bytes;
  return 1;
}

/* Fills cells by a reader of one of them. Inlined for each type, so that a loop has no switch in it. */
static inline __attribute__((always_inline)) uint64_t fill(const uint8_t *block, uint64_t fits, const plug_span *of,
                                                           int dash, plug_cell *to, uint32_t type, last_date *last) {
  uint64_t valid = 0;
  for (uint64_t left = fits; left; left &= left - 1) {
    const int i = __builtin_ctzll(left);
    const plug_span span = of[i];
    const uint8_t *const at = block + span.offset;
    int has_value = span.length != MISSING && (span.length != 1 || *at != '-' || dash);
    if (type == PLUG_TEXT)
      to[i].text = span;
    else if (!has_value)
      continue;
    else if (type == PLUG_TIME)
      has_value = read_time(last, at, span.length, &to[i].integer);
    else if ((type != PLUG_INTEGER && type != PLUG_REAL) || span.length - 1 > 7 ||
             !read_digits(at, span.length, &to[i].integer))
      has_value = to_cell(type, (plug_bytes){at, span.length}, &to[i]);
    else if (type == PLUG_REAL)
      to[i].real = (double)to[i].integer;
    valid |= (uint64_t)has_value << i;
  }
  return valid;
}

/* Reads how many seconds, or parts of one, have passed since 1970, such as 1431857103.250. A second has `unit` of them.
 * Returns 0 if the text is no such number. */
static int read_number(plug_bytes text, uint32_t unit, int64_t *ns) {
  int64_t whole, fraction;
  return to_decimal(text, &whole, &fraction) && !__builtin_mul_overflow(whole, INT64_C(1000000000) / unit, ns) &&
         !__builtin_add_overflow(*ns, fraction / unit, ns);
}

uint64_t access_fill_times(const uint8_t *block, uint64_t fits, const plug_span *of, plug_cell *to, uint32_t unit,
                           last_date *last) {
  uint64_t valid = 0;
  for (uint64_t left = fits; left; left &= left - 1) {
    const int i = __builtin_ctzll(left);
    if (of[i].length == MISSING) continue;
    const plug_bytes text = {block + of[i].offset, of[i].length};
    const int is_time = unit > 0
                            ? read_number(text, unit, &to[i].integer)
                            : read_time(last, text.data, of[i].length, &to[i].integer) || to_time(text, &to[i].integer);
    valid |= (uint64_t)is_time << i;
  }
  return valid;
}

uint64_t access_fill(const uint8_t *block, uint64_t fits, const plug_span *of, int dash, plug_cell *to, uint32_t type,
                     last_date *last) {
  switch (type) {
    case PLUG_TEXT:
      return fill(block, fits, of, dash, to, PLUG_TEXT, last);
    case PLUG_INTEGER:
      return fill(block, fits, of, dash, to, PLUG_INTEGER, last);
    case PLUG_REAL:
      return fill(block, fits, of, dash, to, PLUG_REAL, last);
    case PLUG_TIME:
      return fill(block, fits, of, dash, to, PLUG_TIME, last);
    default:
      return fill(block, fits, of, dash, to, type, last);
  }
}
