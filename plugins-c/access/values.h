/* Reads what the parts of lines say: the parts of requests, and values of columns. */
#ifndef ACCESS_VALUES_H
#define ACCESS_VALUES_H

#include "parts.h"

/* The date and the offset from UTC of the last time, such as `10/Oct/2000:` and ` -0700`, and the second since 1970 at
 * which that day began. It saves work, and changes no value. */
typedef struct last_date {
  uint32_t length; /* of the time; 0 if there was none */
  uint8_t date[12], offset[6];
  int64_t begin;
} last_date;

/* Sets METHOD, PATH and PROTOCOL of the lines in `fits` from their REQUEST. */
void access_split_requests(const uint8_t *block, uint64_t fits, part *to);

/* Fills the cells of a column with a part of the lines in `fits`, as values of a type. Returns the lines that have a
 * value. A single dash is what servers write for none, unless `dash` is set. */
uint64_t access_fill(const uint8_t *block, uint64_t fits, const plug_span *of, int dash, plug_cell *to, uint32_t type,
                     last_date *last);

/* Does the same for times that are not written as access logs usually write them. If `unit` is not 0, they are numbers
 * that count from 1970 on, and a second has `unit` of them. Otherwise they are texts, as other parsers read them. */
uint64_t access_fill_times(const uint8_t *block, uint64_t fits, const plug_span *of, plug_cell *to, uint32_t unit,
                           last_date *last);

#endif
