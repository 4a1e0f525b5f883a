/* plughost: rows of typed columns
 *
 * Idea: a parser turns each line into a row of cells of 8 bytes. Row filters, aggregators and exporters read the
 * columns that they asked for. Nothing is copied: a text is a span of the block that holds the line.
 *
 * Who reads a column says which type it wants, so the types do not depend on the data: a sum asks for REAL, a count of
 * different texts for TEXT, whatever the parser has. Where the parser refuses, the host converts: TEXT, INTEGER, REAL
 * and BOOLEAN become each other, and TIME becomes TEXT. What has no such value, as "x" has no integer, is null. A cell
 * whose valid bit is not set is null, and its bytes mean nothing.
 *
 * Advice for the host: check three things. Each text lies inside its own line or in `made`. No bit is set for a row
 * that does not exist. No real is NaN.
 *
 * Advice for the plugin: test the valid bit before you read a cell.
 */
#ifndef PLUGHOST_COLUMNS_H
#define PLUGHOST_COLUMNS_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The type of a column. */
#define PLUG_ANY 0u     /* where a column is asked for: the parser's own type; of a column without one, TEXT */
#define PLUG_TEXT 1u    /* a span: bytes of any kind; see plug_text */
#define PLUG_INTEGER 2u /* 64 bits with a sign */
#define PLUG_REAL 3u    /* a double; never NaN, and no negative zero */
#define PLUG_TIME 4u    /* nanoseconds since 1970-01-01 00:00 UTC, in `integer` */
#define PLUG_BOOLEAN 5u /* 0 or 1, in `integer` */

typedef union plug_cell {
  plug_span text; /* see plug_text */
  int64_t integer;
  double real;
} plug_cell;

/* The cells of one column. Memory of the host, borrowed for the call. */
typedef struct plug_column {
  plug_cell *cells; /* one for each row */
  uint64_t *valid;  /* bit i % 64 of valid[i / 64] is set if row i has a value */
} plug_column;

/* What is known of a column before there are rows. A plugin describes at most 1,024 of them by one function. */
typedef struct plug_field {
  uint32_t size;
  uint32_t type;           /* PLUG_TEXT … */
  const char *name;        /* 1 to 255 bytes of UTF-8 without control characters; lives as long as the plugin */
  const char *description; /* one sentence, or null */
} plug_field;

/* The columns that a reader wants, or that rows have. */
typedef struct plug_schema {
  uint32_t size;
  uint32_t count;
  const plug_field *const *fields; /* `count` of them */
} plug_schema;

/* Rows, in order. Borrowed for the call. */
typedef struct plug_rows {
  uint32_t size;
  uint32_t count;             /* at least 1 */
  const plug_lines *lines;    /* row i is made of line i; null: the rows are results, and no lines */
  const plug_schema *schema;  /* the columns that this plugin asked for, in its order */
  const plug_column *columns; /* schema->count of them */
  plug_bytes made;            /* text that stands in no line, such as that of a JSON string with escapes */
} plug_rows;

/* Returns whether a row has a value in a column. [any] */
static inline int plug_has_value(const plug_column *column, uint32_t row) {
  return (int)(column->valid[row / 64] >> (row % 64) & 1);
}

/* Returns the bytes of a text. Offsets below the block's length are in the block, and the others in `made`, counted
 * from there. [any] */
static inline plug_bytes plug_text(const plug_rows *rows, plug_span text) {
  const uint64_t block = rows->lines ? rows->lines->block.len : 0;
  plug_bytes bytes;
  bytes.data = text.offset < block ? rows->lines->block.data + text.offset : rows->made.data + (text.offset - block);
  bytes.len = text.length;
  return bytes;
}

/* Sets a cell of a column. [any] */
static inline void plug_set_value(const plug_column *column, uint32_t row, plug_cell cell) {
  column->cells[row] = cell;
  column->valid[row / 64] |= UINT64_C(1) << (row % 64);
}

#ifdef __cplusplus
}
#endif
#endif
