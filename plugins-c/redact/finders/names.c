#include "names.h"

#include <string.h>

enum { LONGEST = 24 };

/* The ends of names of secrets, in lower case and without separators between words. */
static const struct {
  const char *text;
  name name;
} names[] = {
    {"password", A_SECRET},        {"passwd", A_SECRET},      {"passphrase", A_SECRET},
    {"passcode", A_SECRET},        {"pwd", A_SECRET},         {"secret", A_SECRET},
    {"token", A_SECRET},           {"apikey", A_SECRET},      {"accesskey", A_SECRET},
    {"secretkey", A_SECRET},       {"privatekey", A_SECRET},  {"accountkey", A_SECRET},
    {"sharedkey", A_SECRET},       {"signingkey", A_SECRET},  {"masterkey", A_SECRET},
    {"encryptionkey", A_SECRET},   {"authkey", A_SECRET},     {"passkey", A_SECRET},
    {"credential", A_SECRET},      {"authorization", HEADER}, {"cookie", HEADER},
    {"bearer", A_SECRET},          {"jwt", A_SECRET},         {"sessionid", A_SECRET},
    {"sessid", A_SECRET},          {"signature", A_SECRET},   {"passwordconfirmation", A_SECRET},
    {"passwordconfirm", A_SECRET},
};
enum { NAMES = sizeof names / sizeof *names };

/* Names that count only as a whole word. */
static const char *const words[] = {"pass", "sig", "auth"};

#define LETTER(c) (UINT32_C(1) << ((c) - 'a'))
/* For each last letter: a bit for each letter that may stand before it, and for each letter before that. */
static const uint32_t second_last[26] = {
    ['d' - 'a'] = LETTER('r') | LETTER('w') | LETTER('i'),
    ['e' - 'a'] = LETTER('s') | LETTER('d') | LETTER('i') | LETTER('r') | LETTER('u'),
    ['g' - 'a'] = LETTER('i'),
    ['h' - 'a'] = LETTER('t'),
    ['l' - 'a'] = LETTER('a'),
    ['m' - 'a'] = LETTER('r'),
    ['n' - 'a'] = LETTER('e') | LETTER('o'),
    ['r' - 'a'] = LETTER('e'),
    ['s' - 'a'] = LETTER('d') | LETTER('e') | LETTER('l') | LETTER('n') | LETTER('s') | LETTER('t') | LETTER('y'),
    ['t' - 'a'] = LETTER('e') | LETTER('w'),
    ['y' - 'a'] = LETTER('e'),
};
static const uint32_t third_last[26] = {
    ['d' - 'a'] = LETTER('o') | LETTER('s') | LETTER('p'),
    ['e' - 'a'] = LETTER('a') | LETTER('o') | LETTER('k') | LETTER('u') | LETTER('l'),
    ['g' - 'a'] = LETTER('s'),
    ['h' - 'a'] = LETTER('u'),
    ['l' - 'a'] = LETTER('i'),
    ['m' - 'a'] = LETTER('i'),
    ['n' - 'a'] = LETTER('k') | LETTER('i'),
    ['r' - 'a'] = LETTER('r'),
    ['s' - 'a'] = LETTER('r') | LETTER('w') | LETTER('s') | LETTER('d') | LETTER('i') | LETTER('a') | LETTER('e'),
    ['t' - 'a'] = LETTER('r') | LETTER('j'),
    ['y' - 'a'] = LETTER('k'),
};

/* Returns whether a byte is a letter of a set. */
static int is_in(uint8_t c, uint32_t letters) { return is_letter(c) && letters >> ((c | 0x20) - 'a') & 1; }

int ends_otherwise(const line *line, size_t end) {
  if (end < 3) return 1;
  const uint8_t *const last = line->data + end - 1;
  if (!is_letter(*last)) return 1;
  const int letter = (*last | 0x20) - 'a';
  return !second_last[letter] || (is_letter(last[-1]) && !is_in(last[-1], second_last[letter])) ||
         (last[-2] != '_' && last[-2] != '-' && !is_in(last[-2], third_last[letter]));
}

/* Reads the last letters before a position, in lower case, last first, without separators between words. Sets *word to
 * the number of letters of the last word. A letter after a backslash counts, because it may belong to a path. */
static size_t letters_before(const line *line, size_t end, uint8_t letters[LONGEST], size_t *word) {
  size_t count = 0, between = 0;
  *word = 0;
  for (size_t at = end; at > 0 && count < LONGEST; at--) {
    uint8_t byte = line->data[at - 1];
    const uint8_t letter = letter_behind_backslash(line, at - 1);
    if (letter) byte = letter;
    if (is_letter(byte)) {
      letters[count++] = byte | 0x20;
      between = 0;
    } else if ((byte == '_' || byte == '-' || byte == ' ' || byte == '.') && count > 0 && between < LONGEST) {
      if (*word == 0) *word = count;
      between++;
    } else {
      break;
    }
  }
  if (*word == 0) *word = count;
  return count;
}

static inline int ends_with(const uint8_t *letters, size_t count, const char *text) {
  const size_t len = strlen(text);
  if (len > count) return 0;
  for (size_t i = 0; i < len; i++)
    if (letters[i] != (uint8_t)text[len - 1 - i]) return 0;
  return 1;
}

name name_before(const line *line, size_t end) {
  uint8_t letters[LONGEST];
  size_t word;
  const int is_numbered = is_digit(byte_before(line, end));
  while (end > 0 && is_digit(line->data[end - 1])) end--;
  if (ends_otherwise(line, end)) return NO_SECRET;
  const size_t count = letters_before(line, end, letters, &word);
  for (size_t i = 0; i < NAMES; i++)
    if (ends_with(letters, count, names[i].text)) return names[i].name;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (!is_numbered && word == strlen(words[i]) && ends_with(letters, count, words[i])) return A_SECRET;
  if (count > 1 && letters[0] == 's') /* a plural */
    for (size_t i = 0; i < NAMES; i++)
      if (ends_with(letters + 1, count - 1, names[i].text)) return names[i].name == HEADER ? HEADER : SECRETS;
  return NO_SECRET;
}
