/* Finds the end of a value, in every notation of names with values. */
#ifndef REDACT_VALUES_H
#define REDACT_VALUES_H

#include "line.h"

/* The surroundings of a value. */
typedef struct around {
  uint8_t separator; /* =, : or > between name and value, or a space */
  uint8_t how;       /* HOW_* of the separator */
  unsigned strings;  /* the number of JSON strings around name and value */
} around;

/* Returns the end of the value without quotes that begins at a position. */
size_t pass_bare(const line *line, size_t at, around around);

/* Returns the end of the value whose opening quote is at a position. `is_double`: quotes are doubled, as in CSV. */
size_t pass_quoted(const line *line, size_t quote, around around, int is_double);

/* Returns the end of the word that a shell makes of a quoted text and what directly follows it, as in 'it'\''s'. */
size_t pass_glued(const line *line, size_t at, around around);

/* Returns whether another field with the same separator begins at a position. */
int is_next_field(const line *line, size_t at, uint8_t separator);

/* Returns whether a value must end at a position. */
int stops(const line *line, size_t at);

/* Returns whether the quote at a position closes an open string instead of opening a value. */
int closes_string(const line *line, size_t quote, unsigned strings);

/* Returns whether the quote at a position and the next byte are one doubled quote. */
int is_twice(const line *line, size_t quote);

/* Returns whether the quote at a position is doubled and opens a value, as in a CSV field. */
int is_doubled(const line *line, size_t quote, unsigned strings);

/* Returns the end of the parts of a header that begin at a position. */
size_t pass_parts(const line *line, size_t at, around around);

static inline int is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

#endif
