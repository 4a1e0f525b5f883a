#include "expression.h"

#include <stdlib.h>
#include <string.h>

static const char before_word[] = "(?:^|[^\\w\\n])(?:";
static const char behind_word[] = ")(?:[^\\w\\n]|$)";

enum {
  ESCAPED = 4,
  WRAPPING = sizeof before_word + sizeof behind_word
}; /* an escape such as \x2e, and what is written around a word */

static int is_alphanumeric(uint8_t c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static int is_control(uint8_t c) { return c < 0x20 || c == 0x7f; }

/* Returns whether `(?` and its letters switch an option off. That may make `^` and `$` match only at the ends of the
 * text. */
static int switches_off(const uint8_t *text, uint64_t left) {
  uint64_t i = 2;
  while (i < left && is_alphanumeric(text[i])) i++;
  return i < left && (text[i] == '-' || text[i] == '^');
}

pattern_traits pattern_traits_of(const pattern *pattern, const pattern_style *style) {
  pattern_traits traits = {0, 0, style->unicode && style->ignore_case};
  const uint8_t *const text = pattern->text;
  /* Ordinary bytes match the same in both modes. */
  if (style->literal) return traits;
  for (uint64_t i = 0; i < pattern->len; i++) {
    const uint8_t c = text[i];
    const uint64_t left = pattern->len - i;
    if (c == '.' || c >= 0x80) traits.characters = 1;
    int plain = !is_control(c);
    if (c == '\\' && left > 1) {
      const uint8_t escaped = text[++i];
      plain = is_alphanumeric(escaped) ? strchr("dwb", escaped) != NULL : !is_control(escaped);
      /* Escapes for ASCII characters, which may be a newline or the start of a range. */
      if (is_alphanumeric(escaped) && strchr("sntrf", escaped)) {
        traits.spans_lines = plain = 1;
      }
      if (escaped >= 0x80) traits.characters = 1;
      if (is_alphanumeric(escaped) && strchr("AzZG", escaped)) traits.text_anchor = 1;
    } else if (c == '[') {
      /* Named and negated classes. */
      plain = left < 2 || (text[i + 1] != '^' && text[i + 1] != ':');
    } else if (c == '(' && left > 1 && text[i + 1] == '?') {
      plain = left > 2 && text[i + 2] == ':';
      if (switches_off(text + i, left)) traits.text_anchor = 1;
    }
    if (!plain) traits.spans_lines = traits.characters = 1;
  }
  traits.characters = traits.characters && style->unicode;
  return traits;
}

char *expression_of(const pattern *pattern, const pattern_style *style) {
  static const char hex[] = "0123456789abcdef";
  char *const expression = malloc(pattern->len * ESCAPED + WRAPPING);
  if (!expression) return NULL;
  char *to = expression;
  if (style->whole_word) {
    memcpy(to, before_word, sizeof before_word - 1);
    to += sizeof before_word - 1;
  }
  for (uint64_t i = 0; i < pattern->len; i++) {
    const uint8_t c = pattern->text[i];
    if (!style->literal || is_alphanumeric(c) || c >= 0x80) {
      *to++ = (char)c;
    } else {
      *to++ = '\\';
      *to++ = 'x';
      *to++ = hex[c >> 4];
      *to++ = hex[c & 15];
    }
  }
  if (style->whole_word) {
    memcpy(to, behind_word, sizeof behind_word - 1);
    to += sizeof behind_word - 1;
  }
  *to = 0;
  return expression;
}
