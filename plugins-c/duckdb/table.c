#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "../shared/utf8.h"

typedef struct column_type {
  int type; /* of DuckDB */
  const char *sql;
} column_type;

static column_type type_of(uint32_t type) {
  switch (type) {
    case PLUG_INTEGER:
      return (column_type){DB_BIGINT, "BIGINT"};
    case PLUG_REAL:
      return (column_type){DB_DOUBLE, "DOUBLE"};
    case PLUG_TIME:
      return (column_type){DB_TIMESTAMP_NS, "TIMESTAMP_NS"};
    case PLUG_BOOLEAN:
      return (column_type){DB_BOOLEAN, "BOOLEAN"};
    default:
      return (column_type){DB_VARCHAR, "VARCHAR"};
  }
}

static char *put(char *to, const char *text) {
  const size_t len = strlen(text);
  memcpy(to, text, len);
  return to + len;
}

char *db_quoted(char *to, const char *text, char quote) {
  *to++ = quote;
  for (; *text; text++) {
    if (*text == quote) *to++ = quote;
    *to++ = *text;
  }
  *to++ = quote;
  return to;
}

static int32_t create(const db_library *library, void *connection, const char *name, const plug_schema *columns,
                      plug_error *error) {
  enum { FRAME = sizeof "CREATE TABLE  (\"\" TIMESTAMP_NS, )" };
  size_t size = FRAME + 2 * strlen(name) + 2;
  for (uint32_t i = 0; i < columns->count; i++) size += FRAME + 2 * strlen(columns->fields[i]->name);
  char *const sql = malloc(size);
  if (!sql) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the names of the columns");
  char *to = put(sql, "CREATE TABLE ");
  to = put(db_quoted(to, name, '"'), " (");
  for (uint32_t i = 0; i < columns->count; i++) {
    if (i > 0) to = put(to, ", ");
    to = put(db_quoted(to, columns->fields[i]->name, '"'), " ");
    to = put(to, type_of(columns->fields[i]->type).sql);
  }
  *put(to, ")") = 0;
  db_result result;
  int32_t status = PLUG_OK;
  if (library->query(connection, sql, &result) != DB_SUCCESS)
    status = db_fail(error, PLUG_ERROR_IO, "the table cannot be made", library->result_error(&result));
  library->destroy_result(&result);
  free(sql);
  return status;
}

int32_t db_table_begin(db_table *table, const db_library *library, void *connection, const char *name,
                       const plug_schema *columns, plug_error *error) {
  *table = (db_table){.library = library, .capacity = library->vector_size()};
  const int32_t status = create(library, connection, name, columns, error);
  if (status != PLUG_OK) return status;
  if (library->appender_create(connection, NULL, name, &table->appender) != DB_SUCCESS)
    return db_fail(error, PLUG_ERROR_IO, "nothing can be appended to the table",
                   library->appender_error(table->appender));
  void **const types = calloc(columns->count, sizeof *types);
  if (!types) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the columns");
  for (uint32_t i = 0; i < columns->count; i++)
    types[i] = library->create_logical_type(type_of(columns->fields[i]->type).type);
  table->chunk = library->create_data_chunk(types, columns->count);
  for (uint32_t i = 0; i < columns->count; i++) library->destroy_logical_type(&types[i]);
  free(types);
  return table->chunk ? PLUG_OK : plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for rows");
}

static int32_t flush(db_table *table, plug_error *error) {
  if (table->count == 0) return PLUG_OK;
  table->library->data_chunk_set_size(table->chunk, table->count);
  if (table->library->append_data_chunk(table->appender, table->chunk) != DB_SUCCESS)
    return db_fail(error, PLUG_ERROR_IO, "rows cannot be appended", table->library->appender_error(table->appender));
  table->library->data_chunk_reset(table->chunk);
  table->count = 0;
  return PLUG_OK;
}

/* Copies a text. DuckDB makes null of a text that is no UTF-8, so such a text is mended first. */
static int32_t add_text(db_table *table, void *vector, uint64_t at, plug_bytes text, plug_error *error) {
  if (!is_utf8(text.data, (size_t)text.len)) {
    if (text.len > SIZE_MAX / 3) return plug_fail(error, PLUG_ERROR_NOMEM, "a text is too long");
    if (table->room < 3 * text.len) {
      uint8_t *const room = realloc(table->mended, (size_t)(3 * text.len));
      if (!room) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for a text");
      table->mended = room;
      table->room = 3 * text.len;
    }
    text.len = utf8_mend(text.data, (size_t)text.len, table->mended);
    text.data = table->mended;
    table->mended_texts++;
  }
  table->library->vector_assign_string_element_len(vector, at, (const char *)text.data, text.len);
  return PLUG_OK;
}

/* Copies cells of rows [from, from + count) behind those of the chunk. */
static int32_t add_column(db_table *table, const plug_rows *rows, uint32_t column, uint32_t from, uint32_t count,
                          plug_error *error) {
  const db_library *const library = table->library;
  void *const vector = library->data_chunk_get_vector(table->chunk, column);
  void *const data = library->vector_get_data(vector);
  const plug_column *const cells = &rows->columns[column];
  const uint32_t type = rows->schema->fields[column]->type;
  uint64_t *valid = NULL;
  for (uint32_t i = 0; i < count; i++) {
    const uint64_t at = table->count + i;
    if (!plug_has_value(cells, from + i)) {
      if (!valid) {
        library->vector_ensure_validity_writable(vector);
        valid = library->vector_get_validity(vector);
      }
      valid[at / 64] &= ~(UINT64_C(1) << (at % 64));
      continue;
    }
    const plug_cell cell = cells->cells[from + i];
    if (type == PLUG_TEXT) {
      const int32_t status = add_text(table, vector, at, plug_text(rows, cell.text), error);
      if (status != PLUG_OK) return status;
    } else if (type == PLUG_BOOLEAN) {
      ((uint8_t *)data)[at] = cell.integer != 0;
    } else {
      /* The other types have 8 bytes there as here. */
      memcpy((uint8_t *)data + at * sizeof cell, &cell, sizeof cell);
    }
  }
  return PLUG_OK;
}

int32_t db_table_add(db_table *table, const plug_rows *rows, plug_error *error) {
  for (uint32_t from = 0; from < rows->count;) {
    const uint64_t free = table->capacity - table->count;
    const uint32_t count = rows->count - from < free ? rows->count - from : (uint32_t)free;
    for (uint32_t i = 0; i < rows->schema->count; i++) {
      const int32_t status = add_column(table, rows, i, from, count, error);
      if (status != PLUG_OK) return status;
    }
    from += count;
    table->count += count;
    if (table->count < table->capacity) continue;
    const int32_t status = flush(table, error);
    if (status != PLUG_OK) return status;
  }
  return PLUG_OK;
}

int32_t db_table_end(db_table *table, plug_error *error) {
  const int32_t status = flush(table, error);
  if (status != PLUG_OK) return status;
  if (table->library->appender_close(table->appender) != DB_SUCCESS)
    return db_fail(error, PLUG_ERROR_IO, "rows cannot be appended", table->library->appender_error(table->appender));
  return PLUG_OK;
}

void db_table_free(db_table *table) {
  if (table->chunk) table->library->destroy_data_chunk(&table->chunk);
  if (table->appender) table->library->appender_destroy(&table->appender);
  free(table->mended);
  *table = (db_table){0};
}
