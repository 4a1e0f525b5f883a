#include "finders.h"

#include <string.h>

static int is_digit(uint8_t c) { return (uint8_t)(c - '0') < 10; }
static int is_upper(uint8_t c) { return (uint8_t)(c - 'A') < 26; }
static int is_letter(uint8_t c) { return (uint8_t)((c | 0x20) - 'a') < 26; }
static int is_word(uint8_t c) { return is_digit(c) || is_letter(c); }
static int is_hex(uint8_t c) { return is_digit(c) || (uint8_t)((c | 0x20) - 'a') < 6; }
static int is_blank(uint8_t c) { return c == ' ' || c == '\t'; }

/* The byte at a place of the line, or 0 outside of it. */
static uint8_t byte_at(const line *line, size_t at) { return at < line->len ? line->data[at] : 0; }
static uint8_t byte_before(const line *line, size_t at) { return at > 0 ? line->data[at - 1] : 0; }

/* Whether a text of lower case stands at a place, in either case. */
static int has_text(const line *line, size_t at, const char *text) {
  for (; *text; text++, at++)
    if ((byte_at(line, at) | 0x20) != (uint8_t)*text) return 0;
  return 1;
}

/* Where the bytes that fit end, from a place on. */
static size_t pass(const line *line, size_t at, int (*fits)(uint8_t)) {
  while (at < line->len && fits(line->data[at])) at++;
  return at;
}

/* Where the bytes that fit begin, before a place. */
static size_t pass_back(const line *line, size_t at, int (*fits)(uint8_t)) {
  while (at > 0 && fits(line->data[at - 1])) at--;
  return at;
}

/* ---- IPv4 ---- */

/* Reads a number from 0 to 255 of at most three digits; returns where it ends, or `at` when there is none. */
static size_t pass_octet(const uint8_t *data, size_t at, size_t len) {
  unsigned value = 0;
  size_t end = at;
  for (; end < len && is_digit(data[end]); end++) {
    value = value * 10 + (data[end] - '0');
    if (end - at == 3 || value > 255) return at;
  }
  return end;
}

/* Four such numbers with dots between them; returns where they end, or `at` when there are none. */
static size_t pass_ipv4(const uint8_t *data, size_t at, size_t len) {
  size_t end = at;
  for (int i = 0; i < 4; i++) {
    if (i > 0 && (end >= len || data[end++] != '.')) return at;
    const size_t begin = end;
    end = pass_octet(data, begin, len);
    if (end == begin) return at;
  }
  return end;
}

/* At the third dot of an address. */
void find_ipv4(line *line, size_t dot) {
  size_t begin = dot;
  for (int i = 0; i < 3; i++) {
    if (i > 0 && byte_before(line, begin--) != '.') return;
    begin = pass_back(line, begin, is_digit);
  }
  const uint8_t before = byte_before(line, begin);
  if (is_letter(before) || before == '.') return;
  const size_t end = pass_ipv4(line->data, begin, line->len);
  const uint8_t behind = byte_at(line, end);
  if (end == begin || is_word(behind) || (behind == '.' && is_digit(byte_at(line, end + 1)))) return;
  add_hit(&line->hits, begin, end, IPV4);
}

/* ---- IPv6 ---- */

/* Whether the bytes are an address in the text form of RFC 4291, with at least one digit. */
static int is_ipv6(const uint8_t *data, size_t len) {
  enum { LONGEST = 45, GROUPS = 8 };
  if (len > LONGEST) return 0;
  int groups = 0, shortened = 0;
  size_t at = 0;
  if (len >= 2 && data[0] == ':' && data[1] == ':') {
    shortened = 1;
    at = 2;
  }
  while (at < len) {
    size_t end = at;
    while (end < len && is_hex(data[end])) end++;
    if (end < len && data[end] == '.') {
      /* The last 32 bits as an IPv4 address, without leading zeros. */
      for (size_t i = at; i + 1 < len; i++)
        if (data[i] == '0' && is_digit(data[i + 1]) && (i == at || data[i - 1] == '.')) return 0;
      if (pass_ipv4(data, at, len) != len || at == 0) return 0;
      groups += 2;
      at = len;
      break;
    }
    if (end == at || end - at > 4) return 0;
    groups++;
    at = end;
    if (at == len) break;
    at++; /* a colon: there is nothing else */
    if (at == len) return 0;
    if (data[at] != ':') continue;
    if (shortened) return 0;
    shortened = 1;
    at++;
  }
  return groups > 0 && (shortened ? groups < GROUPS : groups == GROUPS);
}

static int is_ipv6_byte(uint8_t c) { return is_hex(c) || c == ':' || c == '.'; }

/* At a colon: all bytes around it that may be of an address are one, or there is none. What ends a sentence or stands
 * between an address and a name is not part of it. */
void find_ipv6(line *line, size_t colon) {
  if (colon < line->ipv6_done) return;
  const uint8_t left = byte_before(line, colon), right = byte_at(line, colon + 1);
  if (left != ':' && right != ':' && !(is_hex(left) && is_hex(right))) return;
  size_t begin = pass_back(line, colon, is_ipv6_byte);
  size_t end = pass(line, colon, is_ipv6_byte);
  line->ipv6_done = end;
  if (is_letter(byte_before(line, begin)) || is_letter(byte_at(line, end))) return;
  const uint8_t *const data = line->data;
  while (begin < end && data[begin] == '.') begin++;
  if (end - begin >= 2 && data[begin] == ':' && data[begin + 1] != ':') begin++;
  while (begin < end && data[end - 1] == '.') end--;
  if (end - begin >= 2 && data[end - 1] == ':' && data[end - 2] != ':') end--;
  if (is_ipv6(data + begin, end - begin)) add_hit(&line->hits, begin, end, IPV6);
}

/* ---- e-mail ---- */

static int is_local(uint8_t c) { return is_word(c) || c == '.' || c == '_' || c == '%' || c == '+' || c == '-'; }
static int is_label(uint8_t c) { return is_word(c) || c == '-'; }

/* At an @: what stands before it, and the longest name behind it that ends with a label of letters. */
void find_email(line *line, size_t at) {
  if (line->data[at] != '@') return;
  const size_t begin = pass_back(line, at, is_local);
  size_t end = 0;
  for (size_t label = at + 1;;) {
    const size_t dot = pass(line, label, is_label);
    if (dot == label || byte_at(line, dot) != '.') break;
    label = dot + 1;
    const size_t letters = pass(line, label, is_letter);
    if (letters - label >= 2) end = letters;
  }
  if (begin < at && end > 0) add_hit(&line->hits, begin, end, EMAIL);
}

/* ---- tokens that tell themselves ---- */

static int is_credential(uint8_t c) {
  return is_word(c) || c == '.' || c == '_' || c == '~' || c == '+' || c == '/' || c == '-';
}

/* At the first space behind "Bearer". Words of a sentence are no token: those are long, or have digits. */
static void find_bearer(line *line, size_t space) {
  enum { SCHEME = sizeof "bearer" - 1, SHORTEST = 8, LONG = 20 };
  if (space < SCHEME || !has_text(line, space - SCHEME, "bearer")) return;
  if (is_word(byte_before(line, space - SCHEME))) return;
  size_t begin = space;
  while (byte_at(line, begin) == ' ') begin++;
  size_t end = pass(line, begin, is_credential);
  int has_digit = 0;
  for (size_t i = begin; i < end && !has_digit; i++) has_digit = is_digit(line->data[i]);
  if (end - begin < (has_digit ? SHORTEST : LONG)) return;
  while (byte_at(line, end) == '=') end++;
  add_hit(&line->hits, begin, end, TOKEN);
}

static int is_upper_or_digit(uint8_t c) { return is_upper(c) || is_digit(c); }

/* At the last letter of AKIA or ASIA. */
static void find_amazon(line *line, size_t at) {
  enum { PREFIX = 4, REST = 16 };
  if (at < PREFIX - 1) return;
  const size_t begin = at - (PREFIX - 1);
  const uint8_t *const prefix = line->data + begin;
  if (memcmp(prefix, "AKIA", PREFIX) != 0 && memcmp(prefix, "ASIA", PREFIX) != 0) return;
  const size_t end = pass(line, at + 1, is_upper_or_digit);
  if (end - (at + 1) != REST || is_word(byte_at(line, end)) || is_word(byte_before(line, begin))) return;
  add_hit(&line->hits, begin, end, TOKEN);
}

static int is_word_or_underscore(uint8_t c) { return is_word(c) || c == '_'; }

/* At the first _ of a token such as ghp_… or github_pat_… */
static void find_github(line *line, size_t at) {
  static const char fine_grained[] = "github_pat_";
  enum { PREFIX = 3, FINE_FIRST = 6, FINE = sizeof fine_grained - 1, SHORTEST = 20 };
  const uint8_t *const data = line->data;
  size_t begin, from, end;
  if (at >= PREFIX && data[at - 3] == 'g' && data[at - 2] == 'h' && memchr("pousr", data[at - 1], 5)) {
    begin = at - PREFIX;
    from = at + 1;
    end = pass(line, from, is_word);
  } else if (at >= FINE_FIRST && line->len - (at - FINE_FIRST) >= FINE &&
             memcmp(data + at - FINE_FIRST, fine_grained, FINE) == 0) {
    begin = at - FINE_FIRST;
    from = begin + FINE;
    end = pass(line, from, is_word_or_underscore);
  } else {
    return;
  }
  if (end - from >= SHORTEST && !is_word(byte_before(line, begin))) add_hit(&line->hits, begin, end, TOKEN);
}

void find_token(line *line, size_t at) {
  switch (line->data[at]) {
    case ' ':
      find_bearer(line, at);
      break;
    case 'A':
      find_amazon(line, at);
      break;
    case '_':
      find_github(line, at);
      break;
  }
}

/* ---- secrets by their names ---- */

/* Ends of names, in lower case without _ and -. */
static const char *const secret_names[] = {
    "password",  "passwd",    "passphrase", "pwd",        "secret",      "token",         "apikey",
    "accesskey", "secretkey", "privatekey", "credential", "credentials", "authorization",
};

/* For each last letter of theirs, a bit for each letter before it. */
#define LETTER(c) (UINT32_C(1) << ((c) - 'a'))
static const uint32_t before_last[26] = {
    ['d' - 'a'] = LETTER('r') | LETTER('w'),
    ['e' - 'a'] = LETTER('s'),
    ['t' - 'a'] = LETTER('e'),
    ['n' - 'a'] = LETTER('e') | LETTER('o'),
    ['y' - 'a'] = LETTER('e'),
    ['l' - 'a'] = LETTER('a'),
    ['s' - 'a'] = LETTER('l'),
};

/* Whether the last letters before a place are not those of a secret's name; most names are told by them. */
static int ends_otherwise(const line *line, size_t end) {
  const uint8_t last = byte_before(line, end), second = end > 1 ? line->data[end - 2] : 0;
  if (!is_letter(last)) return 1;
  const uint32_t seconds = before_last[(last | 0x20) - 'a'];
  return !seconds || (is_letter(second) && !(seconds >> ((second | 0x20) - 'a') & 1));
}

/* Whether the name that ends before a place is that of a secret. */
static int names_secret(const line *line, size_t end) {
  if (ends_otherwise(line, end)) return 0;
  for (size_t i = 0; i < sizeof secret_names / sizeof *secret_names; i++) {
    size_t left = strlen(secret_names[i]);
    for (size_t at = end; left > 0 && at > 0; at--) {
      const uint8_t byte = line->data[at - 1];
      if (byte == '_' || byte == '-') continue;
      if ((byte | 0x20) != (uint8_t)secret_names[i][left - 1]) break;
      left--;
    }
    if (left == 0) return 1;
  }
  return 0;
}

/* Where a value begins behind a word such as Basic, which is no secret itself. */
static size_t pass_scheme(const line *line, size_t at) {
  static const char *const schemes[] = {"basic", "bearer", "digest", "token", "negotiate", "apikey"};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    const size_t end = at + strlen(schemes[i]);
    if (has_text(line, at, schemes[i]) && is_blank(byte_at(line, end))) return pass(line, end, is_blank);
  }
  return at;
}

static int is_bare(uint8_t c) { return c > ' ' && !strchr("\"'&;,<>)]}\\", c); }

/* Where a value without quotes ends. A backslash ends it before a quote, as in JSON inside of JSON. */
static size_t pass_bare(const line *line, size_t at) {
  for (;;) {
    at = pass(line, at, is_bare);
    size_t behind = at;
    while (byte_at(line, behind) == '\\') behind++;
    if (behind == at || byte_at(line, behind) == '"' || byte_at(line, behind) == '\'') return at;
    at = behind;
  }
}

/* Where a value ends that began behind a quote: at the next such quote. A quote behind a backslash is part of the
 * value, unless the opening one stood behind one too, as in JSON inside of JSON. */
static size_t pass_quoted(const line *line, size_t at, uint8_t quote, int escaped) {
  for (; at < line->len && line->data[at] != quote; at++) {
    if (line->data[at] != '\\') continue;
    if (escaped) return at;
    at++;
  }
  return at < line->len ? at : line->len;
}

/* At the = or : between a name and a value. */
void find_secret(line *line, size_t at) {
  const uint8_t *const data = line->data;
  if (is_letter(byte_before(line, at)) && ends_otherwise(line, at)) return;
  size_t name_end = pass_back(line, at, is_blank);
  if (name_end > 0 && (data[name_end - 1] == '"' || data[name_end - 1] == '\'')) {
    name_end--;
    while (name_end > 0 && data[name_end - 1] == '\\') name_end--;
  }
  if (!names_secret(line, name_end)) return;

  size_t begin = at + 1;
  if (data[at] == ':' && byte_at(line, begin) == ':') return; /* Token::new */
  /* := and == and => */
  if (byte_at(line, begin) == '=' || (data[at] == '=' && byte_at(line, begin) == '>')) begin++;
  begin = pass(line, begin, is_blank);
  size_t quote_at = begin;
  while (byte_at(line, quote_at) == '\\') quote_at++;
  const uint8_t quote = byte_at(line, quote_at);
  size_t end;
  if (quote == '"' || quote == '\'') {
    const int escaped = quote_at > begin;
    begin = pass_scheme(line, quote_at + 1);
    end = pass_quoted(line, begin, quote, escaped);
  } else {
    begin = pass_scheme(line, begin);
    end = pass_bare(line, begin);
  }
  if (end > begin) add_hit(&line->hits, begin, end, SECRET);
}

/* ---- card numbers ---- */

enum { LEAST_DIGITS = 13, MOST_DIGITS = 19 };

/* Whether digits, with separators between them, are a card number by their first and last digits. */
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

static void add_card(line *line, size_t begin, size_t end) {
  const uint8_t before = byte_before(line, begin), behind = byte_at(line, end);
  if (is_word_or_underscore(before) || before == '.' || is_word_or_underscore(behind)) return;
  if (before == '-' && !is_word(byte_before(line, begin - 1))) return; /* a negative number */
  if (behind == '.' && is_digit(byte_at(line, end + 1))) return;
  if (is_card(line->data + begin, end - begin)) add_hit(&line->hits, begin, end, CARD);
}

/* Card numbers that begin with the group of digits at [begin, end). */
static void find_card_from(line *line, size_t begin, size_t end) {
  enum { FIRST = 4, LEAST = 3, MOST = 6, MOST_GROUPS = 5, LEAST_GROUPS = 3 };
  size_t digits = end - begin;
  if (digits >= LEAST_DIGITS && digits <= MOST_DIGITS) add_card(line, begin, end);
  const uint8_t separator = byte_at(line, end);
  if (digits != FIRST || (separator != ' ' && separator != '-')) return;
  for (int groups = 2; groups <= MOST_GROUPS && byte_at(line, end) == separator; groups++) {
    const size_t next = pass(line, end + 1, is_digit);
    const size_t size = next - (end + 1);
    if (size < LEAST || size > MOST) return;
    digits += size;
    end = next;
    if (groups >= LEAST_GROUPS && digits >= LEAST_DIGITS && digits <= MOST_DIGITS) add_card(line, begin, end);
  }
}

/* At a digit: goes through all groups of digits around it that have single separators between them. */
void find_cards(line *line, size_t at) {
  if (at < line->card_done) return;
  const uint8_t *const data = line->data;
  size_t begin = at;
  while (begin > 0 && (is_digit(data[begin - 1]) ||
                       (begin > 1 && (data[begin - 1] == ' ' || data[begin - 1] == '-') && is_digit(data[begin - 2]))))
    begin--;
  for (;;) {
    const size_t end = pass(line, begin, is_digit);
    find_card_from(line, begin, end);
    line->card_done = end;
    const uint8_t separator = byte_at(line, end);
    if ((separator != ' ' && separator != '-') || !is_digit(byte_at(line, end + 1))) return;
    begin = end + 1;
  }
}
