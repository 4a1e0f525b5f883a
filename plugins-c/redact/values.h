/* Where values end, in any notation that is written as name and value. */
#ifndef REDACT_VALUES_H
#define REDACT_VALUES_H

#include "line.h"

/* What stands around a value. */
typedef struct around {
  uint8_t separator; /* =, : or > between the name and it, or a space */
  uint8_t how;       /* HOW_* of the separator */
  unsigned strings;  /* of JSON, that the name and it are in */
} around;

/* Where a value without quotes ends that begins at a place. */
size_t pass_bare(const line *line, size_t at, around around);

/* Where a value ends whose opening quote is at a place; `is_double` when quotes are doubled, as in CSV. */
size_t pass_quoted(const line *line, size_t quote, around around, int is_double);

/* Where what a shell takes together with a quoted text ends that ended before a place, as in 'it'\''s'. */
size_t pass_glued(const line *line, size_t at, around around);

/* Whether the name of another field with the same separator begins at a place, and not a value. */
int is_next_field(const line *line, size_t at, uint8_t separator);

/* Whether a value cannot go on at a place. */
int stops(const line *line, size_t at);

/* Whether the quote at a place opens no value, but closes a string that was open. */
int closes_string(const line *line, size_t quote, unsigned strings);

/* Whether the quote at a place and the byte behind it are one quote, written twice. */
int is_twice(const line *line, size_t quote);

/* Whether the quote at a place is written twice and opens a value, as in a field of CSV. */
int is_doubled(const line *line, size_t quote, unsigned strings);

/* Where the parts of a header end that begin at a place. */
size_t pass_parts(const line *line, size_t at, around around);

static inline int is_space(uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

#endif
