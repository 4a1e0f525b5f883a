#include "reader.h"

#include <stdlib.h>
#include <string.h>

#include "../shared/find.h"
#include "../shared/times.h"

/* A field as it stands. */
typedef struct raw_field {
  plug_bytes text; /* without its quotes */
  int quoted;
  int doubled; /* whether a quote of the text is written as two */
} raw_field;

int32_t take_wanted(reader *self, const plug_schema *columns, plug_error *error) {
  size_t room = 1;
  for (uint32_t i = 0; i < columns->count; i++) room += strlen(columns->fields[i]->name);
  self->columns = calloc((size_t)columns->count + 1, sizeof *self->columns);
  self->names = malloc(room);
  if (!self->columns || !self->names) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  char *name = self->names;
  for (uint32_t i = 0; i < columns->count; i++) {
    const plug_field *const field = columns->fields[i];
    const size_t length = strlen(field->name);
    memcpy(name, field->name, length);
    self->columns[i] = (wanted){name, (uint32_t)length, field->type == PLUG_ANY ? PLUG_TEXT : field->type, 0};
    name += length;
  }
  self->count = columns->count;
  return PLUG_OK;
}

void free_reader(reader *self) {
  free(self->columns);
  free(self->names);
  free(self->first);
  free(self->scratch);
  free(self);
}

/* Reads a field, and moves *at to the separator after it, or to the end. Returns 0 if the field has a quote at one end
 * only, or text after its closing quote. A closing quote alone shows that the field began on an earlier line. */
static int next_field(dialect how, const uint8_t **at, const uint8_t *end, raw_field *field) {
  const uint8_t *const begin = *at;
  *field = (raw_field){0};
  if (!how.quotes || begin == end || *begin != '"') {
    *at = find_byte(begin, end, how.separator);
    field->text = (plug_bytes){begin, (uint64_t)(*at - begin)};
    return !how.quotes || how.w3c || *at == begin || (*at)[-1] != '"';
  }
  const uint8_t *quote = find_byte(begin + 1, end, '"');
  while (end - quote > 1 && quote[1] == '"') {
    field->doubled = 1;
    quote = find_byte(quote + 2, end, '"');
  }
  if (quote == end || (end - quote > 1 && quote[1] != how.separator)) return 0;
  field->text = (plug_bytes){begin + 1, (uint64_t)(quote - begin - 1)};
  field->quoted = 1;
  *at = quote + 1;
  return 1;
}

/* Copies the text of a field with single quotes. Returns its length. */
static uint64_t undouble(plug_bytes text, uint8_t *to) {
  uint8_t *const begin = to;
  const uint8_t *at = text.data, *const end = at + text.len;
  while (at < end) {
    const uint8_t *const quote = memchr(at, '"', (size_t)(end - at));
    const size_t length = (size_t)((quote ? quote + 1 : end) - at);
    memcpy(to, at, length);
    to += length;
    at += length + (quote ? 1 : 0);
  }
  return (uint64_t)(to - begin);
}

/* Sets *text to the text of a field. Returns 0 if there is no memory. */
static int plain_text(reader *self, raw_field field, plug_bytes *text) {
  *text = field.text;
  if (!field.doubled) return 1;
  if (self->scratch_size < field.text.len) {
    uint8_t *const larger = realloc(self->scratch, field.text.len);
    if (!larger) return 0;
    self->scratch = larger;
    self->scratch_size = field.text.len;
  }
  *text = (plug_bytes){self->scratch, undouble(field.text, self->scratch)};
  return 1;
}

/* Reads a name of a directive, and moves *at to the next one. Blanks and tabs around names and separators do not count.
 * Returns whether there is a next one. */
static int next_name(uint8_t separator, const uint8_t **at, const uint8_t *end, plug_bytes *name) {
  const uint8_t *here = *at;
  while (here < end && *here != separator && !is_blank(*here)) here++;
  *name = (plug_bytes){*at, (uint64_t)(here - *at)};
  while (here < end && is_blank(*here)) here++;
  const int more = here < end;
  if (more && *here == separator)
    for (here++; here < end && is_blank(*here);) here++;
  *at = here;
  return more;
}

int32_t take_header(reader *self, dialect how, plug_bytes line) {
  const uint8_t *at = line.data, *const end = at + line.len;
  uint64_t most = 1;
  for (const uint8_t *byte = at; byte < end; byte++) most += *byte == how.separator || is_blank(*byte);
  uint32_t *const first = calloc(most, sizeof *first);
  if (!first) return PLUG_ERROR_NOMEM;
  free(self->first);
  self->first = first;
  self->fields = self->date = 0;
  uint32_t count = 0;
  uint32_t found = 0;
  for (uint32_t i = 0; i < self->count; i++) self->columns[i].next = UINT32_MAX; /* not found yet */
  for (int more = 1; more; count++) {
    raw_field field;
    plug_bytes name;
    if (has_directives(how)) {
      more = next_name(how.separator, &at, end, &name);
    } else {
      if (!next_field(how, &at, end, &field)) return 0;
      if (!plain_text(self, field, &name)) return PLUG_ERROR_NOMEM;
      more = at < end;
      if (more) at++;
    }
    if (self->date == 0 && name.len == 4 && memcmp(name.data, "date", 4) == 0) self->date = count + 1;
    for (uint32_t i = 0; found < self->count && i < self->count; i++) {
      wanted *const column = &self->columns[i];
      if (column->next != UINT32_MAX || column->length != name.len || memcmp(column->name, name.data, name.len) != 0)
        continue;
      column->next = first[count];
      first[count] = i + 1;
      found++;
    }
  }
  self->fields = count;
  return 1;
}

/* Reads a time of a line of W3C, whose date is in another field. Returns 0 if it is none. */
static int time_of_day(plug_bytes date, plug_bytes time, int64_t *ns) {
  uint8_t both[64];
  if (date.len != 10 || date.len + 1 + time.len > sizeof both) return 0;
  memcpy(both, date.data, date.len);
  both[date.len] = 'T';
  memcpy(both + date.len + 1, time.data, time.len);
  return to_time((plug_bytes){both, date.len + 1 + time.len}, ns);
}

/* Reads a number of seconds since 1970, such as 1300475167.096535. Digits after the ninth of the fraction are dropped.
 * Returns 0 if it is none, or leaves 64 bits. */
static int to_epoch(plug_bytes text, int64_t *ns) {
  const int negative = text.len > 0 && *text.data == '-';
  const plug_bytes number = {text.data + negative, text.len - (uint64_t)negative};
  int64_t seconds, fraction;
  if (memchr(number.data, ',', number.len) || !to_decimal(number, &seconds, &fraction)) return 0;
  return negative ? to_ns(0, -seconds, -fraction, ns) : to_ns(0, seconds, fraction, ns);
}

/* Gives a column the value of a field. Returns PLUG_OK or an error. */
static int32_t give(reader *self, dialect how, uint32_t column, raw_field field, plug_bytes date, target *to) {
  const wanted *const asked = &self->columns[column];
  plug_cell cell;
  plug_bytes text;
  if (asked->type == PLUG_TEXT) {
    if (field.doubled) {
      uint8_t *const room = make_room(&to->made, field.text.len);
      if (!room) return PLUG_ERROR_NOMEM;
      const int32_t status = end_text(&to->made, undouble(field.text, room), &cell.text);
      if (status != PLUG_OK) return status;
    } else {
      cell.text = (plug_span){(uint32_t)(field.text.data - to->block), (uint32_t)field.text.len};
    }
  } else {
    if (!plain_text(self, field, &text)) return PLUG_ERROR_NOMEM;
    const int is_clock =
        how.w3c && asked->type == PLUG_TIME && asked->length == 4 && memcmp(asked->name, "time", 4) == 0;
    const int given =
        (is_clock && date.data ? time_of_day(date, text, &cell.integer) : to_value(asked->type, text, &cell)) ||
        (how.zeek && asked->type == PLUG_TIME && to_epoch(text, &cell.integer));
    if (!given) return PLUG_OK;
  }
  plug_set_value(&to->columns[column], to->row, cell);
  return PLUG_OK;
}

/* Returns the text of the field `date` of a line, or of none. */
static plug_bytes date_of(const reader *self, dialect how, plug_bytes line) {
  const uint8_t *at = line.data, *const end = at + line.len;
  raw_field field = {0};
  if (self->date == 0) return field.text;
  for (uint32_t i = 0; i < self->date; i++, at++)
    if (at > end || !next_field(how, &at, end, &field)) return (plug_bytes){NULL, 0};
  return field.text;
}

int32_t read_fields(reader *self, dialect how, plug_bytes line, target *to) {
  const uint8_t *at = line.data, *const end = at + line.len;
  plug_bytes date = {NULL, 0};
  int has_date = 0;
  for (uint32_t count = 0;; at++) {
    raw_field field;
    if (count == self->fields || !next_field(how, &at, end, &field)) return 0;
    uint32_t column = self->first[count++];
    const int empty = !field.quoted &&
                      (field.text.len == 0 || (has_directives(how) && field.text.len == 1 && *field.text.data == '-'));
    if (how.zeek && field.text.len == 7 && memcmp(field.text.data, "(empty)", 7) == 0) field.text.len = 0;
    for (; column != 0 && !empty; column = self->columns[column - 1].next) {
      if (how.w3c && !has_date && self->columns[column - 1].type == PLUG_TIME) {
        has_date = 1;
        date = date_of(self, how, line);
      }
      const int32_t status = give(self, how, column - 1, field, date, to);
      if (status != PLUG_OK) return status;
    }
    if (at == end) return count == self->fields;
  }
}
