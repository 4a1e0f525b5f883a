/* The parts of lines, and who finds them. */
#ifndef ACCESS_PARTS_H
#define ACCESS_PARTS_H

#include <plughost/columns.h>

/* The parts of a line by number. Those below FIELDS are columns of the same number. */
enum {
  HOST,
  IDENT,
  USER,
  TIME,
  METHOD,
  PATH,
  PROTOCOL,
  STATUS,
  BYTES,
  REFERER,
  AGENT,
  FIELDS,
  REQUEST = FIELDS,
  PARTS
};

/* Lines that are split at once: those of one word of valid bits. */
enum { STEP = 64 };

/* The length of a part that a line does not have. */
#define MISSING UINT32_MAX

/* A part of up to STEP lines, as spans of the block. */
typedef plug_span part[STEP];

#endif
