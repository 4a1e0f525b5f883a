/* How a character can be written other than by itself: behind backslashes, as in JSON and C, also where JSON stands in
 * JSON; by a percent sign, as in URLs; by a reference, as in XML; and what a terminal obeys and does not show, in any
 * of these ways. */
#ifndef REDACT_ESCAPES_H
#define REDACT_ESCAPES_H

#include <stddef.h>
#include <stdint.h>

enum {
  /* Of a quote: how many strings of JSON, one in the other, it stands in; 3 backslashes make it 2. */
  HOW_LEVEL = 7,
  /* A letter behind backslashes, such as \t. */
  HOW_LETTER = 8,
  HOW_PERCENT = 16,
  HOW_REFERENCE = 32,
  /* A sequence for terminals; its byte is SEQUENCE. */
  HOW_SEQUENCE = 64,
  /* A quote by its number as C and servers write it, such as \x22: it opens and closes no string of JSON. */
  HOW_NUMBER = 128,
};

enum { SEQUENCE = 0x1b, NOT_ASCII = 0x80 };

typedef struct character {
  size_t len;   /* its bytes in the line, at least 1 */
  uint8_t byte; /* what it stands for; NOT_ASCII for all that is not */
  uint8_t how;  /* HOW_*; 0 when it stands for itself */
} character;

/* Reads the character at a place of the line. Never looks at a byte twice that a later call looks at, but for a few. */
character read_character(const uint8_t *data, size_t at, size_t len);

/* Whether a byte can begin what is more than itself. */
static inline int begins_escape(uint8_t byte) {
  static const uint8_t first[256] = {['\\'] = 1, ['%'] = 1, ['&'] = 1, [SEQUENCE] = 1, ['^'] = 1, ['#'] = 1};
  return first[byte];
}

#endif
