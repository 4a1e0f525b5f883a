/* What is looked for in a line: README.md says what each kind is. A finder is asked at a marked byte (marks.h) and
 * looks around it, inside of the line. */
#ifndef REDACT_FINDERS_H
#define REDACT_FINDERS_H

#include <stddef.h>
#include <stdint.h>

#include "hits.h"

/* A line in which is looked. */
typedef struct line {
  const uint8_t *data; /* borrowed */
  size_t len;
  size_t ipv6_done; /* up to here nothing more of that kind begins */
  size_t card_done;
  hits hits;
} line;

/* Each adds what it finds to line->hits, and is asked at a byte that is marked for it. */
typedef void find_function(line *line, size_t at);
find_function find_ipv4, find_ipv6, find_email, find_token, find_secret, find_cards;

#endif
