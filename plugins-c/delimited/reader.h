/* Lines of fields with a separator between them. */
#ifndef DELIMITED_READER_H
#define DELIMITED_READER_H

#include <plughost/parser.h>

#include "../shared/made.h"

/* How fields stand in a line. */
typedef struct dialect {
  uint8_t separator;
  int quotes; /* whether a field may be in quotes */
  int w3c;    /* whether `time` may be read with the `date` of its line */
  int zeek;   /* whether (empty) is the empty text, and a time may be in seconds since 1970 */
} dialect;

/* Returns whether lines that begin with # say what the fields are, and a dash is no value. */
static inline int has_directives(dialect how) { return how.w3c || how.zeek; }

static inline int is_blank(uint8_t byte) { return byte == ' ' || byte == '\t'; }

/* A column that is wanted. */
typedef struct wanted {
  const char *name;
  uint32_t length;
  uint32_t type;
  uint32_t next; /* the next wanted column of the same field, plus 1; 0: there is none */
} wanted;

/* The state of a worker. */
typedef struct reader {
  wanted *columns;
  char *names; /* memory of their names */
  uint32_t count;
  uint32_t fields;  /* of each line; 0: not known yet */
  uint32_t *first;  /* of each field, the first wanted column, plus 1; 0: nobody wants it */
  uint32_t date;    /* the field `date`, plus 1; 0: there is none */
  uint64_t input;   /* the input of the last line, plus 1; 0: there was none */
  int awaits;       /* whether no line of this input was read as a header yet */
  int whole;        /* whether the first line that came of this input is the first of the input */
  uint8_t *scratch; /* for the text of a name or a value */
  uint64_t scratch_size;
} reader;

/* Where the values of a line go. */
typedef struct target {
  const uint8_t *block;
  const plug_column *columns;
  made_text made;
  uint32_t row;
} target;

/* Takes a copy of the columns that are wanted. Returns PLUG_OK or an error. */
int32_t take_wanted(reader *self, const plug_schema *columns, plug_error *error);

/* Takes the names of the fields, as a line or a directive has them. Those of a directive end at blanks and tabs, too.
 * Of several with one name the first counts. Returns 1, 0 if the line does not have the form, or PLUG_ERROR_NOMEM. */
int32_t take_header(reader *self, dialect how, plug_bytes line);

/* Reads the fields of a line into the wanted columns. Returns 1, 0 if the line does not fit, or an error. If it does
 * not fit, what was set must be cleared. */
int32_t read_fields(reader *self, dialect how, plug_bytes line, target *to);

void free_reader(reader *self);

#endif
