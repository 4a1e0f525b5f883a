/* Finds a text in bytes: two of its rarest bytes are compared at their places, many positions at once, and only where
 * both fit the whole text is compared. Nothing outside of the data is read. */
#ifndef CONTAINS_FINDER_H
#define CONTAINS_FINDER_H

#include <stddef.h>
#include <stdint.h>

typedef struct finder {
  const uint8_t *text; /* borrowed; lower case when fold is set */
  size_t len;          /* at least 1 */
  int fold;            /* ASCII letters match in either case */
  size_t places[2];    /* of the two bytes in the text */
  uint8_t bytes[2];    /* the bytes */
  uint8_t masks[2];    /* 0x20 where the byte is a letter and fold is set: both cases become the lower one */
  const uint8_t *(*find)(const struct finder *finder, const uint8_t *data, size_t size);
} finder;

/* Prepares a search for text[len], which must stay; text is made lower case when fold is set. */
void finder_init(finder *finder, uint8_t *text, size_t len, int fold);

#endif
