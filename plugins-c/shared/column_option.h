/* Shared code of the aggregators: an option that names a column. */
#ifndef SHARED_COLUMN_OPTION_H
#define SHARED_COLUMN_OPTION_H

#include "text_option.h"

/* Reads the option into *to as a text of C, which the caller frees. Without the option *to stays null. */
static inline int32_t read_column_option(plug_bytes config, const char *option, char **to, plug_error *error) {
  uint64_t len = 0;
  char *text;
  const int32_t found = read_text_option(config, option, &text, &len);
  if (found == 0) return PLUG_OK;
  if (found == PLUG_ERROR_NOMEM) return plug_fail(error, found, "there is no memory for the name of a column");
  if (found == 1 && len > 0) {
    *to = text;
    return PLUG_OK;
  }
  if (found == 1) free(text);
  return plug_fail(error, PLUG_ERROR_CONFIG, "an option is not the name of a column");
}

/* Reads the option `of`, which must be there. */
static inline int32_t read_of_option(plug_bytes config, char **to, plug_error *error) {
  const int32_t status = read_column_option(config, "of", to, error);
  if (status != PLUG_OK || *to) return status;
  return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"of\" is missing: it names a column");
}

/* Returns the column `of` in what a reader wants: its first one. */
static inline int32_t want_column(plug_field *field, uint32_t type, const char *name, const char *description) {
  field->type = type;
  field->name = name;
  field->description = description;
  return 1;
}

#endif
