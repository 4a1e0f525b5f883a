/* The patterns of the options "patterns" and "patternsFile". */
#ifndef PATTERNS_PATTERN_LIST_H
#define PATTERNS_PATTERN_LIST_H

#include <plughost/base.h>

typedef struct pattern {
  const uint8_t *text; /* owned by the list */
  uint64_t len;
  uint32_t number; /* from 1: its position in the option, or its line in the file */
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

/* Reads both options into an empty list. Free it with pattern_list_free, also after an error. An empty line of the file
 * is the empty pattern. The newline at the end of the file adds no pattern, and a CR before a newline is dropped. */
int32_t pattern_list_read(pattern_list *list, plug_bytes config, plug_error *error);

void pattern_list_free(pattern_list *list);

/* Describes a pattern by its position and, if printable, its text: `pattern 2 "a(b"`, `bots.txt, line 7 "a(b"`. */
void pattern_label(const pattern_list *list, const pattern *pattern, char *to, size_t capacity);

#endif
