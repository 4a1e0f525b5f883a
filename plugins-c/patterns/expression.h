/* A pattern in the form that Hyperscan compiles, and what must be known of it to search whole blocks. */
#ifndef PATTERNS_EXPRESSION_H
#define PATTERNS_EXPRESSION_H

#include "pattern_list.h"

typedef struct pattern_style {
  int ignore_case;
  int literal;    /* the text as it stands, no pattern */
  int whole_word; /* neither behind a word character nor before one */
  int unicode;    /* characters, not bytes */
} pattern_style;

/* What a pattern may do. Each is 1 when it cannot be ruled out, which costs time and is never wrong. */
typedef struct pattern_traits {
  int spans_lines; /* it matches a newline: what is found in a block is a candidate */
  int text_anchor; /* it asks where the text begins or ends: it must be given single lines */
  int characters;  /* it matches otherwise when it is given bytes for characters */
} pattern_traits;

pattern_traits pattern_traits_of(const pattern *pattern, const pattern_style *style);

/* The expression, NUL-terminated, which the caller frees; null when there is no memory. */
char *expression_of(const pattern *pattern, const pattern_style *style);

#endif
