/* Reads what the parts of a line say: the parts of a request, and times. */
#ifndef ACCESS_VALUES_H
#define ACCESS_VALUES_H

#include "parts.h"

/* The date and the offset from UTC of the last time, such as `10/Oct/2000:` and ` -0700`, and the second since 1970 at
 * which that day began. It saves work, and changes no value. */
typedef struct last_date {
  int known;
  uint8_t date[12], offset[6];
  int64_t begin;
} last_date;

/* Sets METHOD, PATH and PROTOCOL of the lines in `fits` from their REQUEST. */
void access_split_requests(const uint8_t *block, uint64_t fits, part *to);

/* Reads a time such as 10/Oct/2000:13:55:36 -0700, in nanoseconds since 1970. Returns 0 if it is none. */
int access_read_time(last_date *last, plug_bytes text, int64_t *ns);

#endif
