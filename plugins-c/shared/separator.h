/* Shared code of the plugins that read or write fields: an option that says what stands between them. */
#ifndef SHARED_SEPARATOR_H
#define SHARED_SEPARATOR_H

#include <plughost/base.h>
#include <string.h>

/* How messages name the words that separator_of takes. */
#define SEPARATOR_WORDS "one of the words comma, pipe, semicolon, space and tab"

/* Returns the ASCII character that a text is, or that it names. Returns -1 for any other text. */
static inline int separator_of(const uint8_t *text, uint64_t length) {
  static const struct {
    const char *word;
    char meaning;
  } words[] = {{"comma", ','}, {"pipe", '|'}, {"semicolon", ';'}, {"space", ' '}, {"tab", '\t'}};
  if (length == 1) return *text < 0x80 ? *text : -1;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    if (length == strlen(words[i].word) && memcmp(text, words[i].word, length) == 0) return words[i].meaning;
  return -1;
}

#endif
