/* Translates a pattern into the form that Hyperscan compiles, and says what must be known to search whole blocks. */
#ifndef PATTERNS_EXPRESSION_H
#define PATTERNS_EXPRESSION_H

#include "pattern_list.h"

typedef struct pattern_style {
  int ignore_case;
  int literal;    /* the pattern is a plain text */
  int whole_word; /* no word character may stand directly before or after it */
  int unicode;    /* match characters instead of bytes */
} pattern_style;

/* What a pattern may do. A field is 1 unless it can be ruled out; a needless 1 costs time but no correctness. */
typedef struct pattern_traits {
  int spans_lines; /* may match a newline: a match in a block is only a candidate */
  int text_anchor; /* may test for the start or end of the text: search single lines */
  int characters;  /* may match differently in bytes and in characters */
} pattern_traits;

pattern_traits pattern_traits_of(const pattern *pattern, const pattern_style *style);

/* Returns the expression as a text with NUL, which the caller frees, or null without memory. */
char *expression_of(const pattern *pattern, const pattern_style *style);

#endif
