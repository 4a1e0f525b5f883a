/* Reads characters that are written as escapes: with backslashes, as in C and JSON, also JSON inside JSON; with percent
 * signs, as in URLs; as references, as in XML; and terminal sequences, which a terminal does not show, in any of these
 * notations. */
#ifndef REDACT_ESCAPES_H
#define REDACT_ESCAPES_H

#include <stddef.h>
#include <stdint.h>

enum {
  /* The level of a quote: the number of JSON strings around it, one inside the other. 3 backslashes mean 2. */
  HOW_LEVEL = 7,
  /* A letter after backslashes, such as \t. */
  HOW_LETTER = 8,
  HOW_PERCENT = 16,
  HOW_REFERENCE = 32,
  /* A terminal sequence. Its byte is SEQUENCE. */
  HOW_SEQUENCE = 64,
  /* A quote written as a number in the notation of C, such as \x22. It opens and closes no JSON string. */
  HOW_NUMBER = 128,
};

enum { SEQUENCE = 0x1b, NOT_ASCII = 0x80 };

typedef struct character {
  size_t len;   /* bytes in the line, at least 1 */
  uint8_t byte; /* the character, or NOT_ASCII */
  uint8_t how;  /* HOW_*; 0 for a plain byte */
} character;

/* Reads the character at a position of the line. Calls in order read each byte only a small number of times. */
character read_character(const uint8_t *data, size_t at, size_t len);

/* Returns whether a byte can begin an escape. */
static inline int begins_escape(uint8_t byte) {
  static const uint8_t first[256] = {['\\'] = 1, ['%'] = 1, ['&'] = 1, [SEQUENCE] = 1, ['^'] = 1, ['#'] = 1};
  return first[byte];
}

#endif
