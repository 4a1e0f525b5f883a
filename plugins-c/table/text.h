/* Text as a terminal shows it. */
#ifndef TABLE_TEXT_H
#define TABLE_TEXT_H

#include <plughost/columns.h>

/* Bytes that grow. */
typedef struct buffer {
  uint8_t *bytes;
  size_t len;
  size_t room;
} buffer;

/* Text in a buffer. */
typedef struct shown {
  size_t at;
  size_t len;
  size_t width; /* in columns of a terminal */
} shown;

/* Appends bytes. Returns 0 if there is no memory. */
int append(buffer *to, const void *bytes, size_t len);
/* Appends spaces. Returns 0 if there is no memory. */
int append_spaces(buffer *to, size_t count);
/* Appends text such that a terminal shows it and nothing else happens: characters that control it, that hide or that
 * turn the direction of text, and bytes that are not UTF-8, are escaped as in JavaScript. Text that is wider than
 * `most` ends with an ellipsis; 0: it may have any width. Returns 0 if there is no memory. */
int append_shown(buffer *to, plug_bytes text, size_t most, shown *as);
/* Appends a cell that is no text. Numbers have separators of thousands, and real numbers at most 3 decimals. Returns 0
 * if there is no memory. */
int append_value(buffer *to, uint32_t type, plug_cell cell, shown *as);

#endif
