/* Lines in a format of the user's own, as nginx and Apache take it: variables with text between them. */
#ifndef ACCESS_FORMAT_H
#define ACCESS_FORMAT_H

#include <plughost/plughost.h>

#include "parts.h"

enum { VARIABLES_MAX = 64, COLUMNS_MAX = VARIABLES_MAX + 2 }; /* a request has three columns */

/* A column of access logs. */
typedef struct column {
  const char *name;
  uint32_t type;
  int part;
  const char *description;
} column;

/* The columns of the Common and the Combined Log Format, by part. */
extern const column access_columns[FIELDS];

/* A variable of a format, and the text before it. */
typedef struct variable {
  plug_bytes before;
  int part;
  uint32_t length; /* of every value, such as those of a time; 0 if it differs */
  uint32_t unit;   /* of a time that is a number since 1970, how many are a second; 0 of others */
  int list;        /* whether it may have several values, with ", " and " : " between them */
} variable;

/* A format. It is not changed after it was read. */
typedef struct format {
  uint32_t variables, columns, parts;
  int request; /* whether it has a request, with a method, a path and a protocol */
  variable variable[VARIABLES_MAX];
  plug_bytes after;                     /* the text after the last variable */
  uint32_t unit[PARTS + VARIABLES_MAX]; /* that of the variable, by part */
  column column[COLUMNS_MAX];
  uint8_t text[]; /* that between variables, then names of columns */
} format;

/* Reads a format such as `$remote_addr [$time_local]` of nginx or `%h %t` of Apache, or the whole directive of the
 * server's configuration, which is unquoted in place. Returns PLUG_OK and sets *made, which the caller frees, or an
 * error. */
int32_t access_format_read(uint8_t *text, uint64_t len, format **made, plug_error *error);

/* Splits up to STEP lines, as a split_function does. Sets the parts of the format's variables; those that are of no
 * column of access_columns begin with PARTS. */
uint64_t access_format_split(const format *format, const uint8_t *block, const plug_span *lines, uint32_t count,
                             part *to);

#endif
