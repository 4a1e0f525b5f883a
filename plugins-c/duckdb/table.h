/* A table that rows are appended to. */
#ifndef DUCKDB_TABLE_H
#define DUCKDB_TABLE_H

#include "library.h"

typedef struct db_table {
  const db_library *library;
  void *appender;
  void *chunk;       /* rows that are not appended yet */
  uint64_t count;    /* of these rows */
  uint64_t capacity; /* of the chunk */
  uint8_t *mended;   /* room for a text that is mended; owned */
  uint64_t room;
  uint64_t mended_texts; /* how many texts were no UTF-8 */
} db_table;

/* Appends SQL text: a name in double quotes, or a value in single ones, the quotes in it doubled. Returns the end. The
 * caller has room for twice the text and 2 bytes. [any] */
char *db_quoted(char *to, const char *text, char quote);

/* Creates the table in the database and begins to append. Returns PLUG_OK or an error. [worker] */
int32_t db_table_begin(db_table *table, const db_library *library, void *connection, const char *name,
                       const plug_schema *columns, plug_error *error);
/* Appends rows with the same columns. [worker] */
int32_t db_table_add(db_table *table, const plug_rows *rows, plug_error *error);
/* Appends what is left and ends. Call db_table_free() afterwards. [worker] */
int32_t db_table_end(db_table *table, plug_error *error);
/* Frees everything, also in the middle. Does nothing for a table that is all zeros. [any] */
void db_table_free(db_table *table);

#endif
