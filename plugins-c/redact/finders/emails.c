/* Finds e-mail addresses, and users with their passwords in URLs. */
#include <string.h>

#include "finders.h"

/* Returns whether a byte belongs to a character outside ASCII that is not punctuation or a space: those are U+00A0 to
 * U+00BF, U+2000 to U+206F, U+3000 to U+303F, and U+FF00 to U+FF0F. */
static int is_foreign(const line *line, size_t at) {
  const uint8_t *const data = line->data;
  if (at >= line->len || data[at] < 0x80) return 0;
  size_t lead = at;
  while (lead > 0 && at - lead < 3 && (data[lead] & 0xc0) == 0x80) lead--;
  const uint8_t second = byte_at(line, lead + 1), third = byte_at(line, lead + 2);
  if (data[lead] == 0xc2) return second < 0xa0 || second > 0xbf || how_at(line, at);
  if (data[lead] == 0xe2) return second != 0x80 && second != 0x81;
  if (data[lead] == 0xe3) return second != 0x80;
  if (data[lead] == 0xef) return second != 0xbc || third > 0x8f;
  return 1;
}

static int is_local(uint8_t c) { return is_name(c) || c == '.' || c == '%' || c == '+'; }

/* Returns whether an apostrophe belongs to a name, as in o'brien, instead of quoting a text. */
static int is_apostrophe(const line *line, size_t at) {
  if (byte_at(line, at) != '\'' || how_at(line, at) || !is_letter(byte_at(line, at + 1)) ||
      !is_letter(byte_before(line, at)))
    return 0;
  /* b'…' in Python */
  return !(memchr("bBuUrRfF", line->data[at - 1], 8) && !is_name(at > 1 ? line->data[at - 2] : 0));
}

static size_t pass_local_back(const line *line, size_t at) {
  while (at > 0 && (is_local(line->data[at - 1]) || is_foreign(line, at - 1) || is_apostrophe(line, at - 1))) at--;
  return at;
}

static size_t pass_label(const line *line, size_t at) {
  while (at < line->len && (is_word(line->data[at]) || line->data[at] == '-' || is_foreign(line, at))) at++;
  return at;
}

/* Returns the end of the last label of a domain: letters of any script, or a label that begins with xn--. */
static size_t pass_last_label(const line *line, size_t at, size_t label_end) {
  if (has_text(line, at, "xn--")) return label_end;
  size_t end = at;
  while (end < line->len && (is_letter(line->data[end]) || is_foreign(line, end))) end++;
  return end;
}

/* The suffixes of systemd units, which are no domains. */
static int is_unit(const line *line, size_t at, size_t end) {
  static const char *const suffixes[] = {"service", "socket", "timer", "mount", "scope", "slice", "device", "swap"};
  for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++)
    if (end - at == strlen(suffixes[i]) && memcmp(line->data + at, suffixes[i], end - at) == 0) return 1;
  return 0;
}

/* Runs at an @: takes the name before it, and the longest domain after it that ends with a label of letters. */
void find_email(line *line, size_t at) {
  if (byte_at(line, at) != '@') return;
  size_t end = 0;
  for (size_t label = at + 1;;) {
    const size_t dot = pass_label(line, label);
    if (dot == label || byte_at(line, dot) != '.') break;
    label = dot + 1;
    const size_t last = pass_last_label(line, label, pass_label(line, label));
    if (last - label >= 2) end = is_unit(line, label, last) ? 0 : last;
  }
  if (end == 0) return;
  const size_t begin = pass_local_back(line, at);
  /* The address of a repository: git@github.com:owner/name */
  const int is_repository = at - begin == 3 && memcmp(line->data + begin, "git", 3) == 0 && byte_at(line, end) == ':';
  if (begin < at && !is_repository) found(line, begin, end, EMAIL);
}

/* ---- users in URLs ---- */

static int is_authority(uint8_t c) { return c > ' ' && !strchr("/\"`<>\\|", c); }

/* Returns whether a user without a password is a token: it is long and has digits. */
static int is_opaque(const line *line, size_t begin, size_t end) {
  enum { SHORTEST = 8 };
  int has_digit = 0;
  for (size_t i = begin; i < end && !has_digit; i++) has_digit = is_digit(line->data[i]);
  return has_digit && end - begin >= SHORTEST;
}

/* Runs at an @: finds the password between user and host of a URL, which may itself hold an @, and that of
 * user:password@tcp(host), the notation of databases. */
void find_userinfo(line *line, size_t at) {
  if (byte_at(line, at) != '@') return;
  const size_t done = line->at_sign_done;
  size_t begin = at;
  while (begin > done && is_authority(line->data[begin - 1])) begin--;
  line->at_sign_done = at + 1;
  if (begin > done || done == 0) {
    const int is_url = begin > 2 && memcmp(line->data + begin - 3, "://", 3) == 0;
    const int is_source = has_text(line, at + 1, "tcp(") || has_text(line, at + 1, "unix(");
    if (is_source && !is_url)
      for (size_t i = at; i > begin; i--)
        if (memchr(",;={}[]", line->data[i - 1], 7)) begin = i;
    line->password = SIZE_MAX;
    line->has_colon = 0;
    line->is_user = is_url || is_source;
    if (line->is_user && is_opaque(line, begin, at)) line->password = begin;
  }
  if (!line->is_user) return;
  const uint8_t *const colon = memchr(line->data + begin, ':', at - begin);
  if (colon && !line->has_colon) {
    line->has_colon = 1;
    line->password = (size_t)(colon - line->data) + 1;
  }
  if (line->password < at) found(line, line->password, at, SECRET);
}
