/* Shared code of the parsers whose columns are known. */
#ifndef SHARED_KNOWN_H
#define SHARED_KNOWN_H

#include <plughost/parser.h>
#include <stdlib.h>
#include <string.h>

typedef struct known_column {
  const char *name;
  uint32_t type;
  const char *description;
} known_column;

/* A column that is wanted. */
typedef struct asked {
  int column; /* index of the known one */
  uint32_t type;
} asked;

/* The columns that are wanted of a worker. */
typedef struct asked_list {
  asked *of;
  uint32_t count;
} asked_list;

/* Implements plug_parser.field. */
static inline int32_t give_field(const known_column *known, uint32_t count, uint32_t index, plug_field *field) {
  if (index >= count) return 0;
  field->type = known[index].type;
  field->name = known[index].name;
  field->description = known[index].description;
  return 1;
}

/* Implements plug_parser.state_new, for an asked_list and those structs that begin with one. */
static inline void *new_state(size_t size, plug_error *error) {
  void *state = calloc(1, size);
  if (!state) plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the parser");
  return state;
}

static inline void free_state(void *state) {
  free(((asked_list *)state)->of);
  free(state);
}

/* Finds the columns of a schema. Only those whose own type is PLUG_TEXT or PLUG_TIME may be times. Returns PLUG_OK or
 * an error. */
static inline int32_t ask_for(const known_column *known, int count, const plug_schema *schema, asked_list *to,
                              plug_error *error) {
  to->of = calloc((size_t)schema->count + 1, sizeof *to->of);
  if (!to->of) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  to->count = schema->count;
  for (uint32_t i = 0; i < schema->count; i++) {
    const plug_field *const field = schema->fields[i];
    int which = 0;
    while (which < count && strcmp(known[which].name, field->name) != 0) which++;
    if (which == count) return plug_fail(error, PLUG_ERROR_CONFIG, "the format has no column of this name");
    const uint32_t own = known[which].type, type = field->type == PLUG_ANY ? own : field->type;
    if (type == PLUG_TIME && own != PLUG_TIME && own != PLUG_TEXT)
      return plug_fail(error, PLUG_ERROR_CONFIG, "a column of numbers cannot be read as times");
    to->of[i] = (asked){which, type};
  }
  return PLUG_OK;
}

#endif
