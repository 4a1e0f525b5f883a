/* Searches lines and writes those that change. */
#ifndef REDACT_REPLACE_H
#define REDACT_REPLACE_H

#include <plughost/plughost.h>

#include "line.h"
#include "marks.h"

/* The kinds to replace, and their replacements. */
typedef struct rules {
  uint32_t kinds; /* a bit for each */
  mark_function *mark;
  struct {
    uint8_t *text;
    size_t len;
  } replacements[KINDS];
} rules;

/* Lines that are separated only by their newlines. They are searched together. */
typedef struct stretch {
  const uint8_t *data;
  size_t len;
  const plug_span *lines; /* with offsets relative to `first` */
  uint32_t first;
  uint32_t *lengths;
} stretch;

/* Writes the lines of a stretch that change and sets their lengths. Returns PLUG_OK or an error. */
int32_t replace_in(const rules *rules, line *line, const stretch *stretch, plug_sink *out);

#endif
