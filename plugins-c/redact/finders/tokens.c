/* Finds tokens by their prefix. */
#include <string.h>

#include "../marks.h"
#include "finders.h"

/* The bytes of a token after its prefix. */
typedef enum alphabet { UPPER, HEX, ALNUM, WORD, DASHED, DOTTED } alphabet;

typedef struct prefix {
  const char *text;
  alphabet alphabet;
  uint16_t least;
  uint16_t most; /* 0: any length */
} prefix;

/* The prefixes by their first letter. Each list ends with an empty text. README.md names their services. */
static const prefix *const prefixes[128] = {
    ['A'] = (const prefix[]){{"AC", HEX, 32, 32},
                             {"AGE-SECRET-KEY-1", UPPER, 40, 0},
                             {"AIza", DASHED, 30, 0},
                             {"AKIA", UPPER, 16, 16},
                             {"ASIA", UPPER, 16, 16},
                             {"ABIA", UPPER, 16, 16},
                             {"ACCA", UPPER, 16, 16},
                             {"ATATT3", DASHED, 20, 0},
                             {"ATCTT3", DASHED, 20, 0},
                             {0}},
    ['C'] = (const prefix[]){{"CFPAT-", DASHED, 20, 0}, {0}},
    ['E'] = (const prefix[]){{"EAAA", DASHED, 40, 0}, {0}},
    ['G'] = (const prefix[]){{"GOCSPX-", DASHED, 16, 0}, {0}},
    ['N'] = (const prefix[]){{"NRAK-", ALNUM, 20, 0}, {0}},
    ['P'] = (const prefix[]){{"PMAK-", DASHED, 24, 0}, {0}},
    ['S'] = (const prefix[]){{"SK", HEX, 32, 32}, {0}},
    ['d'] = (const prefix[]){{"dckr_pat_", DASHED, 16, 0},
                             {"dop_v1_", HEX, 32, 0},
                             {"doo_v1_", HEX, 32, 0},
                             {"dor_v1_", HEX, 32, 0},
                             {"dapi", HEX, 32, 32},
                             {0}},
    ['f'] = (const prefix[]){{"figd_", DASHED, 20, 0}, {0}},
    ['g'] = (const prefix[]){{"ghp_", WORD, 20, 0},       {"gho_", WORD, 20, 0},     {"ghu_", WORD, 20, 0},
                             {"ghs_", DOTTED, 20, 0},     {"ghr_", WORD, 20, 0},     {"github_pat_", WORD, 20, 0},
                             {"glpat-", DOTTED, 20, 0},   {"gldt-", DOTTED, 20, 0},  {"glrt-", DOTTED, 20, 0},
                             {"glrtr-", DOTTED, 20, 0},   {"glptt-", DOTTED, 20, 0}, {"glcbt-", DOTTED, 20, 0},
                             {"glsoat-", DOTTED, 20, 0},  {"glft-", DOTTED, 20, 0},  {"glimt-", DOTTED, 20, 0},
                             {"glagent-", DOTTED, 20, 0}, {"gloas-", DOTTED, 20, 0}, {"glc_", DASHED, 32, 0},
                             {"glsa_", WORD, 32, 0},      {"gsk_", ALNUM, 32, 0},    {0}},
    ['h'] = (const prefix[]){{"hf_", ALNUM, 30, 0}, {0}},
    ['k'] = (const prefix[]){{"key-", HEX, 32, 32}, {0}},
    ['l'] = (const prefix[]){{"lin_api_", ALNUM, 32, 0}, {0}},
    ['n'] = (const prefix[]){{"npm_", ALNUM, 30, 0}, {"ntn_", ALNUM, 30, 0}, {0}},
    ['o'] = (const prefix[]){{"ops_eyJ", DASHED, 20, 0}, {0}},
    ['p'] = (const prefix[]){{"pk_live_", ALNUM, 16, 0},
                             {"pk_test_", ALNUM, 16, 0},
                             {"pscale_tkn_", DOTTED, 30, 0},
                             {"pscale_pw_", DOTTED, 30, 0},
                             {"pul-", HEX, 40, 0},
                             {"pypi-", DASHED, 50, 0},
                             {0}},
    ['r'] = (const prefix[]){{"r8_", ALNUM, 30, 0},
                             {"rk_live_", ALNUM, 16, 0},
                             {"rk_test_", ALNUM, 16, 0},
                             {"rubygems_", HEX, 40, 0},
                             {0}},
    ['s'] = (const prefix[]){{"sbp_", HEX, 40, 0},
                             {"shpat_", HEX, 32, 0},
                             {"shpca_", HEX, 32, 0},
                             {"shppa_", HEX, 32, 0},
                             {"shpss_", HEX, 32, 0},
                             {"sk_live_", ALNUM, 16, 0},
                             {"sk_test_", ALNUM, 16, 0},
                             {"sk-ant-", DASHED, 20, 0},
                             {"sk-proj-", DASHED, 20, 0},
                             {"sk-", ALNUM, 20, 0},
                             {"sq0atp-", DASHED, 20, 0},
                             {"sq0csp-", DASHED, 20, 0},
                             {0}},
    ['t'] = (const prefix[]){{"tskey-", DASHED, 16, 0}, {0}},
    ['w'] = (const prefix[]){{"whsec_", ALNUM, 20, 0}, {0}},
    ['x'] = (const prefix[]){{"xapp-", DASHED, 20, 0}, {"xkeysib-", DASHED, 40, 0}, {"xox", DASHED, 16, 0}, {0}},
};

/* A prefix that ends with a dot, so the rest of the token is another run. */
static const prefix before_dots[] = {
    {"SG", DOTTED, 30, 0},  {"dp.pt", ALNUM, 16, 0}, {"hvb", DOTTED, 20, 0},  {"hvr", DOTTED, 20, 0},
    {"hvs", DOTTED, 20, 0}, {"xoxe", DOTTED, 16, 0}, {"ya29", DASHED, 20, 0},
};

static int fits(uint8_t c, alphabet alphabet) {
  switch (alphabet) {
    case UPPER:
      return is_upper(c) || is_digit(c);
    case HEX:
      return is_hex(c);
    case ALNUM:
      return is_word(c);
    case WORD:
      return is_word(c) || c == '_';
    case DASHED:
      return is_name(c);
    case DOTTED:
      return is_name(c) || c == '.';
  }
  return 0;
}

/* Adds the token that begins at `begin` if the bytes from `from` on fit. Returns whether they do. */
static int add_token(line *line, const prefix *prefix, size_t begin, size_t from) {
  size_t end = from;
  while (end < line->len && fits(line->data[end], prefix->alphabet)) end++;
  const size_t size = end - from;
  if (size < prefix->least || (prefix->most && (size > prefix->most || is_word(byte_at(line, end))))) return 0;
  while (end > from && line->data[end - 1] == '.') end--;
  found(line, begin, end, TOKEN);
  line->token_done = end;
  return 1;
}

static int starts_with(const line *line, size_t at, const char *text, size_t len) {
  return at <= line->len && line->len - at >= len && memcmp(line->data + at, text, len) == 0;
}

/* Finds JSON web tokens: at least two parts with dots between them, of which the first begins with {" in base64. */
static int add_jwt(line *line, size_t begin) {
  enum { PARTS = 5, SHORTEST = 10 };
  if (!starts_with(line, begin, "eyJ", 3)) return 0;
  if (line->run_end <= begin) line->run_end = pass(line, begin, is_name);
  size_t end = line->run_end;
  if (end - begin < SHORTEST) return 0;
  int parts = 1;
  while (parts < PARTS && byte_at(line, end) == '.' && is_name(byte_at(line, end + 1))) {
    end = pass(line, end + 1, is_name);
    parts++;
  }
  if (parts < 2) return 0;
  found(line, begin, end, TOKEN);
  line->token_done = end;
  return 1;
}

/* For each first byte of a prefix: a bit for each second byte, by its last five bits. */
static int may_begin(uint8_t first, uint8_t second) {
#define BIT(c) (UINT32_C(1) << ((c)&31))
  static const uint32_t seconds[128] = {
      ['A'] = BIT('C') | BIT('G') | BIT('I') | BIT('K') | BIT('S') | BIT('B') | BIT('T'),
      ['C'] = BIT('F'),
      ['E'] = BIT('A'),
      ['G'] = BIT('O'),
      ['N'] = BIT('R'),
      ['P'] = BIT('M'),
      ['S'] = BIT('K'),
      ['d'] = BIT('c') | BIT('o') | BIT('a'),
      ['e'] = BIT('y'),
      ['f'] = BIT('i'),
      ['g'] = BIT('h') | BIT('i') | BIT('l') | BIT('s'),
      ['h'] = BIT('f'),
      ['k'] = BIT('e'),
      ['l'] = BIT('i'),
      ['n'] = BIT('p') | BIT('t'),
      ['o'] = BIT('p'),
      ['p'] = BIT('k') | BIT('s') | BIT('u') | BIT('y'),
      ['r'] = BIT('8') | BIT('k') | BIT('u'),
      ['s'] = BIT('b') | BIT('h') | BIT('k') | BIT('q'),
      ['t'] = BIT('s'),
      ['w'] = BIT('h'),
      ['x'] = BIT('a') | BIT('k') | BIT('o'),
  };
#undef BIT
  return is_ascii(first) && seconds[first] >> (second & 31) & 1;
}

static int add_prefixed(line *line, size_t at) {
  if (add_jwt(line, at)) return 1;
  const prefix *prefix = is_ascii(line->data[at]) ? prefixes[line->data[at]] : NULL;
  for (; prefix && prefix->text; prefix++) {
    const size_t len = strlen(prefix->text);
    if (starts_with(line, at, prefix->text, len) && add_token(line, prefix, at, at + len)) return 1;
  }
  return 0;
}

/* Does the same where the first letter may have been read as an escape, as the n of C:\npm_… */
static int add_behind_letter(line *line, size_t at) {
  const prefix *prefix = at > 0 ? prefixes[letter_behind_backslash(line, at - 1)] : NULL;
  for (; prefix && prefix->text; prefix++) {
    const size_t len = strlen(prefix->text) - 1;
    if (starts_with(line, at, prefix->text + 1, len) && add_token(line, prefix, at, at + len)) return 1;
  }
  return 0;
}

static int is_upper_or_digit(uint8_t c) { return is_upper(c) || is_digit(c); }

/* Recognises a token by the text before it. Returns whether it is one. */
static int add_behind(line *line, size_t begin) {
  static const char slack[] = "hooks.slack.com/services/", discord[] = "/webhooks/";
  enum { SLACK = sizeof slack - 1, DISCORD = sizeof discord - 1, NEAR = 40, SHORTEST = 8, TELEGRAM = 35, GOOGLE = 20 };
  const uint8_t before = byte_before(line, begin);
  if (before != '.' && before != '/' && before != ':') return 0;
  if (before == '.') {
    for (size_t i = 0; i < sizeof before_dots / sizeof *before_dots; i++) {
      const size_t len = strlen(before_dots[i].text);
      if (begin <= len || !starts_with(line, begin - 1 - len, before_dots[i].text, len)) continue;
      if (begins_here(line, begin - 1 - len) && add_token(line, &before_dots[i], begin - 1 - len, begin)) return 1;
    }
    return 0;
  }
  const prefix rest = {"", DASHED, GOOGLE, 0};
  if (before == '/' && begin >= 3 && memcmp(line->data + begin - 3, "1//", 3) == 0 && line->data[begin] == '0')
    return add_token(line, &rest, begin - 3, begin);
  if (before == '/') {
    /* The part of the path before the token is the number of a channel. */
    const size_t part = pass_back(line, begin - 1, is_upper_or_digit);
    if (begin - 1 - part < SHORTEST || byte_before(line, part) != '/') return 0;
    for (size_t at = part > NEAR ? part - NEAR : 0; at < part; at++)
      if (starts_with(line, at, slack, SLACK) || starts_with(line, at, discord, DISCORD))
        return add_token(line, &rest, begin, begin);
    return 0;
  }
  if (before == ':') {
    const size_t digits = pass_back(line, begin - 1, is_digit);
    const size_t end = pass(line, begin, is_name);
    if (begin - 1 - digits >= 8 && begin - 1 - digits <= 10 && end - begin == TELEGRAM)
      return add_token(line, &rest, digits, begin);
  }
  return 0;
}

/* Returns the end of the letters and digits that start at a position. */
static size_t pass_word(const line *line, size_t at) {
#define TEN(c)                                                                                                      \
  [c] = 1, [(c) + 1] = 1, [(c) + 2] = 1, [(c) + 3] = 1, [(c) + 4] = 1, [(c) + 5] = 1, [(c) + 6] = 1, [(c) + 7] = 1, \
  [(c) + 8] = 1, [(c) + 9] = 1
#define LETTERS(c) \
  TEN(c), TEN((c) + 10), [(c) + 20] = 1, [(c) + 21] = 1, [(c) + 22] = 1, [(c) + 23] = 1, [(c) + 24] = 1, [(c) + 25] = 1
  static const uint8_t words[256] = {TEN('0'), LETTERS('A'), LETTERS('a')};
#undef LETTERS
#undef TEN
  while (at < line->len && words[line->data[at]]) at++;
  return at;
}

/* Runs at the byte at which a run becomes RUN bytes long: checks its start, and each word in it. */
void find_token(line *line, size_t at) {
  if (at < line->token_done || at + 1 < RUN) return;
  const size_t run = at + 1 - RUN;
  if (add_behind(line, run) || add_behind_letter(line, run)) return;
  for (size_t word = run;;) {
    if (is_digit(byte_at(line, word))) {
      /* A colour sequence that has lost its ESC. */
      const size_t end = pass(line, word, is_digit);
      if (byte_at(line, end) == 'm' && begins_here(line, end + 1)) word = end + 1;
    }
    if (may_begin(byte_at(line, word), byte_at(line, word + 1)) && add_prefixed(line, word)) {
      word = line->token_done;
    } else {
      word = pass_word(line, word);
    }
    if (!is_run(byte_at(line, word))) break;
    word++;
  }
}

static int is_credential(uint8_t c) { return is_name(c) || c == '.' || c == '~' || c == '+' || c == '/'; }

/* Runs at the first space after "Bearer". Words of a sentence are no token: a token is long or has digits. */
void find_bearer(line *line, size_t space) {
  enum { SCHEME = sizeof "bearer" - 1, SHORTEST = 8, LONG = 20 };
  if (byte_at(line, space) != ' ' || space < SCHEME || !has_text(line, space - SCHEME, "bearer")) return;
  if (!begins_here(line, space - SCHEME)) return;
  const size_t begin = pass(line, space, is_blank);
  size_t end = pass(line, begin, is_credential);
  int has_digit = 0;
  for (size_t i = begin; i < end && !has_digit; i++) has_digit = is_digit(line->data[i]);
  if (end - begin < (has_digit ? SHORTEST : LONG)) return;
  while (byte_at(line, end) == '=') end++;
  found(line, begin, end, TOKEN);
}

static int is_armour(uint8_t c) {
  return is_credential(c) || c == '=' || c == ':' || c == ',' || is_blank(c) || c == '\n' || c == '\r';
}
static int is_title(uint8_t c) { return is_upper(c) || is_digit(c) || c == ' '; }
static int is_dash(uint8_t c) { return c == '-'; }
static int is_space(uint8_t c) { return is_blank(c) || c == '\n' || c == '\r'; }

/* Runs at the B of -----BEGIN … PRIVATE KEY-----: takes everything up to -----END. */
void find_private_key(line *line, size_t at) {
  enum { LONGEST = 64 };
  if (at < line->token_done || !starts_with(line, at, "BEGIN ", 6)) return;
  size_t title = pass(line, at, is_title);
  int is_private = 0;
  for (size_t i = at; i + 11 <= title && i < at + LONGEST; i++) is_private |= starts_with(line, i, "PRIVATE KEY", 11);
  if (!is_private || byte_at(line, title) != '-') return;
  const size_t begin = pass(line, pass(line, title, is_dash), is_space);
  size_t end = begin;
  while (end < line->len && is_armour(line->data[end]) && !starts_with(line, end, "-----", 5)) end++;
  line->token_done = end;
  while (end > begin && is_space(line->data[end - 1])) end--;
  if (end > begin) found(line, begin, end, TOKEN);
}
