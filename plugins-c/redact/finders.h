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

/* Adds what is found around byte `at`, of the kinds whose bit is set, to line->hits. */
void look_at(line *line, size_t at, uint32_t kinds);

#endif
