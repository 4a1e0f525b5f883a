#include "split.h"

#include <string.h>

#include "../shared/find.h"
#include "../shared/times.h"

static plug_bytes between(const uint8_t *begin, const uint8_t *end) {
  return (plug_bytes){begin, (uint64_t)(end - begin)};
}

static int is_digit(uint8_t c) { return (uint8_t)(c - '0') <= 9; }

/* Returns whether bytes have a form: 0 stands for a digit, and any other byte for itself. */
static int has_form(const uint8_t *at, const uint8_t *end, const char *form) {
  for (; *form; form++, at++)
    if (at == end || (*form == '0' ? !is_digit(*at) : *at != (uint8_t)*form)) return 0;
  return 1;
}

/* Reads a priority such as <34> and returns its end, or `at` if there is none. */
static const uint8_t *priority(const uint8_t *at, const uint8_t *end, int *number) {
  *number = -1;
  if (at == end || *at != '<') return at;
  int digits = 0, sum = 0;
  const uint8_t *next = at + 1;
  for (; next < end && digits < 3 && is_digit(*next); next++, digits++) sum = sum * 10 + (*next - '0');
  if (next == end || *next != '>' || digits == 0 || sum > 191 || (at[1] == '0' && digits > 1)) return at;
  *number = sum;
  return next + 1;
}

/* Takes a part that ends at a blank, and moves *at behind the blank. Returns 0 if it is empty or has no end. */
static int take(const uint8_t **at, const uint8_t *end, plug_bytes *part) {
  const uint8_t *const blank = find_byte(*at, end, ' ');
  if (blank == end || blank == *at) return 0;
  *part = between(*at, blank);
  *at = blank + 1;
  return 1;
}

/* Returns the end of structured data: one or more of [ID NAME="VALUE" …], or null. A quote, a bracket or a backslash of
 * a value stands behind a backslash. */
static const uint8_t *data_end(const uint8_t *at, const uint8_t *end) {
  while (at < end && *at == '[') {
    int quoted = 0;
    for (at++; at < end && (quoted || *at != ']'); at++) {
      if (*at == '"')
        quoted = !quoted;
      else if (quoted && *at == '\\' && end - at > 1)
        at++;
    }
    if (at == end) return NULL;
    at++;
  }
  return at;
}

/* Splits what follows the version, by RFC 5424. */
static int split_5424(const uint8_t *at, const uint8_t *end, parts *to) {
  static const int order[] = {TIME, HOST, APP, PID, MSGID};
  for (size_t i = 0; i < sizeof order / sizeof *order; i++)
    if (!take(&at, end, &to->of[order[i]])) return 0;
  const plug_bytes time = to->of[TIME];
  if (!(time.len == 1 && time.data[0] == '-') && !has_form(time.data, time.data + time.len, "0000-00-00T00:00:00"))
    return 0;
  if (at == end) return 0;
  const uint8_t *const behind = *at == '-' ? at + 1 : data_end(at, end);
  if (!behind || behind == at || (behind < end && *behind != ' ')) return 0;
  to->of[DATA] = between(at, behind);
  for (int i = 0; i < COLUMNS; i++)
    if (to->of[i].len == 1 && to->of[i].data[0] == '-') to->of[i] = (plug_bytes){NULL, 0};
  to->dated = 1;
  if (behind == end) return 1;
  at = behind + 1;
  if (end - at >= 3 && memcmp(at, "\xef\xbb\xbf", 3) == 0) at += 3; /* says that the message is UTF-8 */
  to->of[MESSAGE] = between(at, end);
  return 1;
}

int to_named_zone(plug_bytes text, int64_t *east) {
  const int is_utc = text.len == 3 && (memcmp(text.data, "UTC", 3) == 0 || memcmp(text.data, "GMT", 3) == 0);
  int64_t found = 0;
  if (!is_utc && !to_zone(text, &found)) return 0;
  *east = found;
  return 1;
}

/* Returns the end of a zone that a blank follows, or `at` if there is none. A blank may be before it. */
static const uint8_t *zone_end(const uint8_t *at, const uint8_t *end) {
  const uint8_t *const begin = at < end && *at == ' ' ? at + 1 : at;
  const uint8_t *next = begin;
  while (next < end && next - begin <= 6 && *next != ' ') next++;
  int64_t east;
  return next > begin && next < end && *next == ' ' && to_named_zone(between(begin, next), &east) ? next : at;
}

/* Returns the end of a time such as `Oct 11 22:14:15`, `Oct  1 22:14:15` or `Oct 1 22:14:15`, or null. A year may stand
 * before its clock; after it may stand a fraction of a second, a year if none is before it, and a zone. */
static const uint8_t *time_end(const uint8_t *at, const uint8_t *end) {
  static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
  if (end - at < 14) return NULL;
  int month = 0;
  while (month < 12 && memcmp(at, months + 3 * month, 3) != 0) month++;
  if (month == 12 || at[3] != ' ') return NULL;
  at += at[4] == ' ' ? 5 : 4;
  if (!is_digit(*at)) return NULL;
  at += is_digit(at[1]) ? 2 : 1;
  int has_year = has_form(at, end, " 0000 ");
  if (has_year) at += 5;
  if (!has_form(at, end, " 00:00:00")) return NULL;
  at += 9;
  if (end - at > 1 && (*at == '.' || *at == ',') && is_digit(at[1]))
    for (at++; at < end && is_digit(*at);) at++;
  if (!has_year && has_form(at, end, " 0000 ")) at += 5, has_year = 1;
  at = zone_end(at, end);
  /* As `date` prints it. */
  if (!has_year && has_form(at, end, " 0000 ")) at += 5;
  return at;
}

/* Splits `APP[PID]: MESSAGE` or `APP: MESSAGE`; another text is a message. */
static void split_tag(const uint8_t *at, const uint8_t *end, parts *to) {
  to->of[MESSAGE] = between(at, end);
  const uint8_t *tag = at;
  while (tag<end && * tag> ' ' && *tag != '[' && *tag != ':') tag++;
  if (tag == end || tag == at) return;
  const uint8_t *behind = tag;
  if (*tag == '[') {
    behind = find_byte(tag, end, ']');
    if (end - behind < 2) return;
    behind++;
  }
  if (*behind != ':' || (end - behind > 1 && behind[1] != ' ')) return;
  to->of[APP] = between(at, tag);
  if (*tag == '[' && behind - tag > 2) to->of[PID] = between(tag + 1, behind - 1);
  behind++;
  to->of[MESSAGE] = between(behind < end ? behind + 1 : end, end);
}

/* Splits what follows the priority, by RFC 3164. */
static int split_3164(const uint8_t *at, const uint8_t *end, parts *to) {
  const uint8_t *next = time_end(at, end);
  if (!next) {
    if (!has_form(at, end, "0000-00-00T00:00:00")) return 0;
    next = find_byte(at, end, ' ');
    to->dated = 1;
  }
  if (next == end || *next != ' ') return 0;
  to->of[TIME] = between(at, next);
  at = next + 1;
  next = find_byte(at, end, ' ');
  if (next == at) return 0;
  /* Programs of the same machine leave out the host, and a tag comes first. */
  if (next < end && next[-1] != ':') {
    to->of[HOST] = between(at, next);
    at = next + 1;
  }
  split_tag(at, end, to);
  /* Many formats begin with such a time. */
  return !to->dated || to->priority >= 0 || to->of[APP].data != NULL;
}

/* Returns where the message begins: after a count of bytes and a blank, which RFC 6587 puts before it on TCP, or at
 * `at`. */
static const uint8_t *behind_count(const uint8_t *at, const uint8_t *end) {
  const uint8_t *next = at;
  while (next < end && next - at < 9 && is_digit(*next)) next++;
  return next > at && *at != '0' && end - next > 1 && *next == ' ' && next[1] == '<' ? next + 1 : at;
}

int split_line(plug_bytes line, parts *to) {
  const uint8_t *const end = line.data + line.len;
  memset(to, 0, sizeof *to);
  const uint8_t *const message = behind_count(line.data, end);
  const uint8_t *at = priority(message, end, &to->priority);
  if (to->priority >= 0 && has_form(at, end, "0")) {
    const uint8_t *version = at;
    while (version < end && version - at < 3 && is_digit(*version)) version++;
    if (*at != '0' && version < end && *version == ' ') return split_5424(version + 1, end, to);
  }
  return split_3164(at, end, to);
}
