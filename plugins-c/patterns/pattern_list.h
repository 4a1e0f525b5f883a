/* The patterns as the user gave them, by the options "patterns" and "patternsFile". */
#ifndef PATTERNS_PATTERN_LIST_H
#define PATTERNS_PATTERN_LIST_H

#include <plughost/base.h>

typedef struct pattern {
  const uint8_t *text; /* the list's */
  uint64_t len;
  uint32_t number; /* from 1: its place in the option, or its line in the file */
  uint32_t in_file;
} pattern;

typedef struct pattern_list {
  pattern *items;
  uint32_t count;
  uint32_t capacity;
  uint8_t *option_text;
  uint8_t *file_text;
  char *file; /* path of the file, or null */
} pattern_list;

/* Reads both options into an empty list, which pattern_list_free frees, also after an error. An empty line of the file
 * is the empty pattern, the end of the last line is not another one, and a CR before a newline is no part of a pattern.
 */
int32_t pattern_list_read(pattern_list *list, plug_bytes config, plug_error *error);

void pattern_list_free(pattern_list *list);

/* Where a pattern stands and, when it can be printed, what it says: `pattern 2 "a(b"`, `bots.txt, line 7 "a(b"`. */
void pattern_label(const pattern_list *list, const pattern *pattern, char *to, size_t capacity);

#endif
