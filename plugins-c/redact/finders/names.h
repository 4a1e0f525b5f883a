/* Recognises the names of secrets. */
#ifndef REDACT_NAMES_H
#define REDACT_NAMES_H

#include "../line.h"

typedef enum name {
  NO_SECRET,
  A_SECRET,
  SECRETS, /* the plural: several values, or their number */
  HEADER,  /* a header: a scheme such as Basic, then the credentials */
} name;

/* Returns the kind of the name that ends at a position. Reads only its last letters. */
name name_before(const line *line, size_t end);

/* Returns whether the last two letters rule out the name of a secret. They do for most names. */
int ends_otherwise(const line *line, size_t end);

#endif
