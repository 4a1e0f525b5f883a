/* Finds secrets by the names of their fields. */
#include <string.h>

#include "../values.h"
#include "finders.h"
#include "names.h"

/* A value: its range, and the position of the closing quote of its name, or SIZE_MAX without quotes. */
typedef struct value {
  around around;
  size_t quote;
  int is_double; /* quotes are doubled, as in CSV */
  name name;
} value;

static int is_number_byte(uint8_t c) { return is_digit(c) || c == '-' || c == '+' || c == '.' || (c | 0x20) == 'e'; }

/* Returns whether a JSON value without quotes is null, true or false, which hold no secret. */
static int is_word_of_json(const line *line, size_t begin, size_t end) {
  static const char *const texts[] = {"null", "true", "false"};
  for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
    if (end - begin == strlen(texts[i]) && memcmp(line->data + begin, texts[i], end - begin) == 0) return 1;
  return 0;
}

/* Returns whether a text is the identity of a Java object, as in token=Token{a64f992, or the YES or NO of MySQL that
 * says whether a password was used. */
static int is_harmless(const line *line, size_t begin, size_t end) {
  enum { SHORTEST = 5, LONGEST = 8 };
  if (end - begin == 2 && memcmp(line->data + begin, "NO", 2) == 0) return 1;
  if (end - begin == 3 && memcmp(line->data + begin, "YES", 3) == 0) return 1;
  size_t at = begin;
  while (at < end && (is_letter(line->data[at]) || line->data[at] == '.')) at++;
  if (at - begin < 5 ||
      (memcmp(line->data + at - 5, "Token", 5) != 0 && memcmp(line->data + at - 5, "Proxy", 5) != 0) ||
      (byte_at(line, at) != '@' && byte_at(line, at) != '{'))
    return 0;
  const size_t hash = pass(line, at + 1, is_hex);
  return hash - (at + 1) >= SHORTEST && hash - (at + 1) <= LONGEST && (hash >= end || line->data[hash] == '}');
}

/* Adds a value without quotes. After a quoted name it may be JSON, and then its replacement gets quotes. */
static void add_bare(line *line, size_t begin, size_t end, const value *value) {
  enum { COUNTED = 9 };
  if (end == begin) return;
  const int is_number = pass(line, begin, is_number_byte) >= end;
  /* tokens=5 is a number of tokens. */
  if (value->name == SECRETS && is_number && end - begin <= COUNTED) return;
  if (is_harmless(line, begin, end)) return;
  if (value->quote != SIZE_MAX && is_word_of_json(line, begin, end)) return;
  if (value->quote != SIZE_MAX && is_number) {
    found_beside(line, begin, end, SECRET, value->quote, value->is_double);
  } else {
    found(line, begin, end, SECRET);
  }
}

/* Returns the start of the value after words such as Basic, which are no secret. */
static size_t pass_scheme(const line *line, size_t at) {
  static const char *const schemes[] = {"basic",
                                        "bearer",
                                        "digest",
                                        "token",
                                        "negotiate",
                                        "apikey",
                                        "ntlm",
                                        "hawk",
                                        "oauth",
                                        "mac",
                                        "bot",
                                        "key",
                                        "ssws",
                                        "splunk",
                                        "aws",
                                        "sharedkey",
                                        "vapid",
                                        "aws4-hmac-sha256",
                                        "aws4-ecdsa-p256-sha256",
                                        "sharedkeylite",
                                        "scram-sha-256",
                                        "scram-sha-1",
                                        "genie-key",
                                        "geniekey",
                                        "signature"};
  for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
    const size_t end = at + strlen(schemes[i]);
    if (has_text(line, at, schemes[i]) && is_blank(byte_at(line, end))) return pass(line, end, is_blank);
  }
  return at;
}

/* Returns whether the credentials continue after a first word that is no known scheme. */
static int is_more(const line *line, size_t at, const around *around) {
  enum { SHORTEST = 8, LONG = 20 };
  const size_t end = pass_bare(line, at, *around);
  const size_t name = pass(line, at, is_name);
  if (byte_at(line, name) == '=') return byte_at(line, name + 1) == '"';
  int has_digit = 0;
  for (size_t i = at; i < end && !has_digit; i++) has_digit = is_digit(line->data[i]);
  return end - at >= (has_digit ? SHORTEST : LONG);
}

/* Adds the value that begins at a quote, with what directly follows its closing quote. Returns its end. */
static size_t add_quoted(line *line, size_t quote, const value *value) {
  const size_t opened = quote + 1 + (value->is_double != 0);
  size_t end = pass_quoted(line, quote, value->around, value->is_double);
  size_t begin = pass_scheme(line, opened);
  if (begin > end) begin = end;
  const size_t after = end + 1 + (value->is_double != 0);
  const int is_outer = end >= line->len || line->data[end] != line->data[quote] ||
                       (how_at(line, end) & HOW_LEVEL) < (how_at(line, quote) & HOW_LEVEL);
  if (!is_outer && !value->is_double) {
    const size_t glued = pass_glued(line, after, value->around);
    if (glued > after) {
      found(line, line->is_json ? begin : quote, glued, SECRET);
      return glued;
    }
  }
  if (end > begin) found(line, begin, end, SECRET);
  return end;
}

/* Adds all values inside the brackets that open at a position, but no keys. Returns the end of the brackets. */
static size_t add_brackets(line *line, size_t at, const value *value) {
  uint64_t maps = 0; /* a bit for each of the innermost 64 open brackets: 1 for { */
  unsigned open = 0;
  while (at < line->len) {
    const uint8_t c = line->data[at];
    if (c == '[' || c == '{') {
      maps = maps << 1 | (c == '{');
      open++;
      at++;
    } else if (c == ']' || c == '}') {
      maps >>= 1;
      at++;
      if (--open == 0) return at;
    } else if (is_space(c) || c == ',' || c == ':' || c == '=' || c == '>' || c == 0) {
      at++;
    } else if (is_quote(c)) {
      if (closes_string(line, at, value->around.strings)) return at;
      const size_t is_double = (size_t)(value->is_double && is_twice(line, at));
      const size_t end = pass_quoted(line, at, value->around, (int)is_double);
      const size_t after = pass(line, end + 1 + is_double, is_space);
      const int is_key =
          maps & 1 && (byte_at(line, after) == ':' || (byte_at(line, after) == '=' && byte_at(line, after + 1) == '>'));
      const size_t begin = at + 1 + is_double;
      if (!is_key && end > begin) found(line, begin, end, SECRET);
      if (end >= line->len || line->data[end] != c || how_at(line, end) != how_at(line, at)) return end;
      if (is_double && !is_twice(line, end)) return end;
      at = end + 1 + is_double;
    } else {
      size_t end = at;
      while (end < line->len && !is_space(line->data[end]) && line->data[end] && !strchr(",[]{}", line->data[end]) &&
             !(is_quote(line->data[end]) && (stops(line, end + 1) || byte_at(line, end + 1) == ':')) &&
             !(maps & 1 && (line->data[end] == ':' || line->data[end] == '=')))
        end++;
      const uint8_t after = byte_at(line, end);
      if (maps & 1 && (after == ':' || after == '=')) {
        at = end; /* a key */
        continue;
      }
      add_bare(line, at, end, value);
      if (is_quote(after) && end > at) return end; /* it closes a string that surrounds the brackets */
      at = end > at ? end : at + 1;
    }
  }
  return at;
}

/* Returns whether the value is already a replacement with the usual text. */
static int is_done(const line *line, size_t at) {
  static const char done[] = "[redacted]";
  enum { DONE = sizeof done - 1 };
  return at <= line->len && line->len - at >= DONE && memcmp(line->data + at, done, DONE) == 0;
}

/* Adds the value that begins at a position or after spaces. */
static void add_value(line *line, size_t at, const value *value) {
  const size_t begin = pass(line, at, is_space);
  const uint8_t first = byte_at(line, begin);
  if (begin > at && value->name != HEADER && is_next_field(line, begin, value->around.separator))
    return; /* it is empty */
  /* A prefix of a quoted text, as in b'…' */
  const int is_prefixed = is_letter(first) || first == '$' || first == '@';
  const size_t quote = is_prefixed && is_quote(byte_at(line, begin + 1)) ? begin + 1 : begin;
  size_t end;
  if (is_quote(byte_at(line, quote))) {
    if (closes_string(line, quote, value->around.strings)) return;
    struct value here = *value;
    here.is_double = value->is_double ? is_twice(line, quote) : is_doubled(line, quote, value->around.strings);
    end = add_quoted(line, quote, &here);
  } else if (is_done(line, begin)) {
    return;
  } else if (first == '[' || first == '{') {
    end = add_brackets(line, begin, value);
  } else {
    if (strchr(",;&|)]}", first)) return; /* also at the end */
    const size_t from = pass_scheme(line, begin);
    if (is_done(line, from)) return;
    const int is_header = value->name == HEADER;
    end = is_header ? pass_parts(line, from, value->around) : pass_bare(line, from, value->around);
    if (is_header && from == begin && is_blank(byte_at(line, end))) {
      const size_t more = pass(line, end, is_blank);
      if (is_more(line, more, &value->around)) end = pass_parts(line, more, value->around);
    }
    add_bare(line, from, end, value);
  }
  line->secret_done = end;
}

/* Returns whether the name before a position is "value" and follows the name of a secret, as in
 * {"name":"PASSWORD","value":"…"} or name="password" value="…". */
static int is_value_of_name(const line *line, size_t end) {
  enum { VALUE = sizeof "value" - 1, LONGEST = 8 };
  if (end < VALUE || !has_text(line, end - VALUE, "value") || is_name(byte_before(line, end - VALUE))) return 0;
  size_t at = end - VALUE;
  for (int i = 0; i < LONGEST && at > 0; i++) {
    const uint8_t before = line->data[at - 1];
    if (!is_quote(before) && !is_space(before) && before != ',') return name_before(line, at) != NO_SECRET;
    at--;
  }
  return 0;
}

/* Runs at the = or : between a name and a value, or at the > after the name of an element. */
void find_secret(line *line, size_t at) {
  if (at < line->secret_done) return;
  const uint8_t *const data = line->data;
  const uint8_t separator = data[at];
  if (separator == '<' || separator == '?') return;
  if (is_letter(byte_before(line, at)) && ends_otherwise(line, at)) return;
  if (is_digit(byte_before(line, at)) && at > 1 && !is_letter(data[at - 2])) return;

  value value = {.around = {.separator = separator, .how = how_at(line, at)}, .quote = SIZE_MAX};
  const int is_arrow = separator == '>' && byte_before(line, at) == '-';
  size_t end = pass_back(line, at - (size_t)is_arrow, is_blank);
  for (int i = 0; i < 4 && end > 0 && (is_quote(data[end - 1]) || data[end - 1] == ']'); i++, end--) {
    if (data[end - 1] != '"') continue;
    if (value.quote == SIZE_MAX) {
      value.quote = end - 1;
    } else if (value.quote == end && is_twice(line, end - 1)) {
      value.is_double = 1;
    }
  }
  value.name = name_before(line, end);
  if (value.name == NO_SECRET) {
    if (!is_value_of_name(line, end)) return;
    value.name = A_SECRET;
  }
  size_t begin = at + 1;
  if (separator == '>' && !is_arrow) {
    const size_t tag = pass_back(line, end, is_name);
    if (byte_before(line, tag) != '<') return;
    size_t close = begin;
    while (close < line->len && data[close] != '<') close++;
    if (close > begin) found(line, begin, close, SECRET);
    line->secret_done = close;
    return;
  }
  if (separator == ':' && byte_at(line, begin) == ':') return; /* Token::new */
  /* := and == and => */
  if (byte_at(line, begin) == '=' || (separator == '=' && byte_at(line, begin) == '>')) begin++;
  value.around.strings = nesting_at(line, at)->strings;
  add_value(line, begin, &value);
}

/* Returns whether the option at [begin, end) takes a user and a password. */
static int takes_user(const line *line, size_t begin, size_t end) {
  static const char *const names[] = {"u", "user", "proxy-user"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (end - begin == strlen(names[i]) && has_text(line, begin, names[i])) return 1;
  return 0;
}

/* Returns whether the quoted text at a position is the name of a JSON field. */
static int is_key(const line *line, size_t quote) {
  const around nothing = {.separator = ' '};
  const size_t end = pass_quoted(line, quote, nothing, 0);
  return byte_at(line, pass(line, end + 1, is_space)) == ':';
}

/* Runs at the first letter of an option of a command, as in --password hunter2 and -u user:hunter2, also when option
 * and value are items of a list. */
void find_flag(line *line, size_t at) {
  if (at < line->secret_done) return;
  const size_t end = pass(line, at, is_name);
  const int is_user = takes_user(line, at, end);
  value value = {.around = {.separator = ' '}, .quote = SIZE_MAX, .name = is_user ? A_SECRET : name_before(line, end)};
  if (value.name == NO_SECRET) return;
  size_t begin = end;
  if (is_quote(byte_at(line, end))) {
    begin = pass(line, end + 1 + (byte_at(line, end + 1) == line->data[end]), is_space);
    if (byte_at(line, begin) == ',') begin = pass(line, begin + 1, is_space);
    if (!is_quote(byte_at(line, begin)) || is_key(line, begin)) return;
  } else if (is_user && byte_at(line, end) == '=') {
    begin++;
  } else if (!is_space(byte_at(line, end))) {
    return;
  }
  begin = pass(line, begin, is_space);
  if (byte_at(line, begin) == '-') return; /* the next option */
  value.around.strings = nesting_at(line, at)->strings;
  if (!is_user) {
    add_value(line, begin, &value);
    return;
  }
  const int is_quoted = is_quote(byte_at(line, begin));
  const size_t close = is_quoted ? pass_quoted(line, begin, value.around, 0) : pass_bare(line, begin, value.around);
  const uint8_t *const colon = close > begin ? memchr(line->data + begin, ':', close - begin) : NULL;
  if (!colon) return;
  const size_t password = (size_t)(colon - line->data) + 1;
  if (password < close) found(line, password, close, SECRET);
  line->secret_done = close;
}
