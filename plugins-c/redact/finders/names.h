/* Names of secrets. */
#ifndef REDACT_NAMES_H
#define REDACT_NAMES_H

#include "../line.h"

typedef enum name {
  NO_SECRET,
  A_SECRET,
  SECRETS, /* several, or how many there are */
  HEADER,  /* of several parts, with a word before them that tells what they are */
} name;

/* What the name is that ends before a place. Looks at no more than the last letters. */
name name_before(const line *line, size_t end);

/* Most names are told by their last two letters. Whether these are not those of a secret's name. */
int ends_otherwise(const line *line, size_t end);

#endif
