#include "query.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../shared/csv.h"

/* Runs a statement in steps, so that the host can cancel it between them. The caller destroys *result if it is
 * returned with PLUG_OK. */
static int32_t run_statement(const db_library *library, void *connection, const char *sql, const plug_ctx *ctx,
                             db_result *result, plug_error *error) {
  void *statement = NULL;
  void *pending = NULL;
  int32_t status = PLUG_OK;
  if (library->prepare(connection, sql, &statement) != DB_SUCCESS) {
    status = db_fail(error, PLUG_ERROR_CONFIG, "DuckDB refuses a statement", library->prepare_error(statement));
  } else if (library->pending_prepared(statement, &pending) != DB_SUCCESS) {
    status = db_fail(error, PLUG_ERROR_IO, "the query fails", library->pending_error(pending));
  } else {
    int step = DB_NOT_READY;
    while (status == PLUG_OK && step != DB_RESULT_READY) {
      step = library->pending_execute_task(pending);
      if (plug_cancelled(ctx)) {
        status = PLUG_ERROR_CANCELLED;
      } else if (step == DB_PENDING_ERROR) {
        status = db_fail(error, PLUG_ERROR_IO, "the query fails", library->pending_error(pending));
      } else if (step == DB_NO_TASKS) {
        /* DuckDB's own threads are at work. */
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
      }
    }
    if (status == PLUG_OK && library->execute_pending(pending, result) != DB_SUCCESS) {
      status = db_fail(error, PLUG_ERROR_IO, "the query fails", library->result_error(result));
      library->destroy_result(result);
    }
  }
  if (pending) library->destroy_pending(&pending);
  if (statement) library->destroy_prepare(&statement);
  return status;
}

/* Returns the query that gives the same answer as texts, which the caller frees, or null. */
static char *as_texts(const char *sql) {
  static const char before[] = "SELECT COLUMNS(*)::VARCHAR FROM (\n", after[] = "\n)";
  const size_t len = strlen(sql);
  char *const text = malloc(sizeof before + len + sizeof after);
  if (!text) return NULL;
  memcpy(text, before, sizeof before - 1);
  memcpy(text + sizeof before - 1, sql, len);
  memcpy(text + sizeof before - 1 + len, after, sizeof after);
  return text;
}

/* Prepares a statement only to see whether it is right. */
static int32_t check(const db_library *library, void *connection, const char *sql, plug_error *error) {
  void *statement = NULL;
  int32_t status = PLUG_OK;
  if (library->prepare(connection, sql, &statement) != DB_SUCCESS)
    status = db_fail(error, PLUG_ERROR_CONFIG, "the option \"sql\" is no query", library->prepare_error(statement));
  if (statement) library->destroy_prepare(&statement);
  return status;
}

int32_t db_check_query(const db_library *library, void *connection, const char *sql, plug_error *error) {
  /* First as the user wrote it, because DuckDB's message quotes it. */
  const int32_t status = check(library, connection, sql, error);
  if (status != PLUG_OK) return status;
  char *const texts = as_texts(sql);
  if (!texts) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the query");
  const int32_t of_texts = check(library, connection, texts, error);
  free(texts);
  return of_texts;
}

int32_t db_execute(const db_library *library, void *connection, const char *sql, const plug_ctx *ctx,
                   plug_error *error) {
  db_result result;
  const int32_t status = run_statement(library, connection, sql, ctx, &result, error);
  if (status == PLUG_OK) library->destroy_result(&result);
  return status;
}

int32_t db_has_rows(const db_library *library, void *connection, const char *sql, int *has_rows, plug_error *error) {
  db_result result;
  int32_t status = PLUG_OK;
  if (library->query(connection, sql, &result) == DB_SUCCESS) {
    void *chunk = library->fetch_chunk(result);
    *has_rows = chunk && library->data_chunk_get_size(chunk) > 0;
    if (chunk) library->destroy_data_chunk(&chunk);
  } else {
    status = db_fail(error, PLUG_ERROR_IO, "the query fails", library->result_error(&result));
  }
  library->destroy_result(&result);
  return status;
}

/* Writes a text as a value of CSV, and what follows it. An empty text is quoted, because null is no byte. */
static int32_t put_value(plug_sink *out, const char *text, uint32_t len, char next) {
  const uint8_t *const bytes = (const uint8_t *)text;
  const int quoted = len == 0 || needs_quotes(bytes, len, ',');
  uint8_t *const start = out->reserve(out, 2 * (uint64_t)len + 3);
  if (!start) return PLUG_ERROR_NOMEM;
  uint8_t *to = quoted ? put_quoted(start, bytes, len) : put(start, bytes, len);
  *to++ = (uint8_t)next;
  return out->commit(out, (uint64_t)(to - start));
}

static int32_t write_chunk(const db_library *library, void *chunk, uint64_t columns, plug_sink *out) {
  const uint64_t rows = library->data_chunk_get_size(chunk);
  for (uint64_t row = 0; row < rows; row++) {
    for (uint64_t column = 0; column < columns; column++) {
      void *const vector = library->data_chunk_get_vector(chunk, column);
      const uint64_t *const valid = library->vector_get_validity(vector);
      const char next = column + 1 < columns ? ',' : '\n';
      int32_t status;
      if (valid && !(valid[row / 64] >> (row % 64) & 1)) {
        /* A row of one null is quoted: an empty line is no row. */
        status = columns == 1 ? put_value(out, "", 0, next) : out->write(out, (const uint8_t *)&next, 1);
      } else {
        const db_string *const text = (const db_string *)library->vector_get_data(vector) + row;
        const char *bytes = text->bytes;
        if (text->length > sizeof text->bytes) memcpy(&bytes, text->bytes + 4, sizeof bytes);
        status = put_value(out, bytes, text->length, next);
      }
      if (status != PLUG_OK) return status;
    }
  }
  return PLUG_OK;
}

static int32_t write_result(const db_library *library, db_result *result, const plug_ctx *ctx, plug_sink *out) {
  const uint64_t columns = library->column_count(result);
  int32_t status = PLUG_OK;
  for (uint64_t i = 0; i < columns && status == PLUG_OK; i++) {
    const char *const name = library->column_name(result, i);
    status = put_value(out, name, (uint32_t)strlen(name), i + 1 < columns ? ',' : '\n');
  }
  while (status == PLUG_OK) {
    void *chunk = library->fetch_chunk(*result);
    if (!chunk) break;
    status = plug_cancelled(ctx) ? PLUG_ERROR_CANCELLED : write_chunk(library, chunk, columns, out);
    library->destroy_data_chunk(&chunk);
  }
  return status;
}

int32_t db_write_answer(const db_library *library, void *connection, const char *sql, const plug_ctx *ctx,
                        plug_sink *out, plug_error *error) {
  const int32_t checked = db_check_query(library, connection, sql, error);
  if (checked != PLUG_OK) return checked;
  char *const texts = as_texts(sql);
  if (!texts) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the query");
  db_result result;
  int32_t status = run_statement(library, connection, texts, ctx, &result, error);
  free(texts);
  if (status != PLUG_OK) return status;
  status = write_result(library, &result, ctx, out);
  library->destroy_result(&result);
  return status == PLUG_OK || status == PLUG_ERROR_CANCELLED
             ? status
             : plug_fail(error, status, "the sink did not take the answer");
}
