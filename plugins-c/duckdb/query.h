/* The query that answers, and what becomes of its answer. */
#ifndef DUCKDB_QUERY_H
#define DUCKDB_QUERY_H

#include "library.h"

/* Checks a query whose tables exist. Returns PLUG_OK, or PLUG_ERROR_CONFIG with what DuckDB says. [worker] */
int32_t db_check_query(const db_library *library, void *connection, const char *sql, plug_error *error);
/* Runs a statement that has no answer. It ends early when the host cancels the call. [worker] */
int32_t db_execute(const db_library *library, void *connection, const char *sql, const plug_ctx *ctx,
                   plug_error *error);
/* Says whether the answer of a query has rows. [worker] */
int32_t db_has_rows(const db_library *library, void *connection, const char *sql, int *has_rows, plug_error *error);
/* Runs a query and writes its answer as CSV with a header. [worker] */
int32_t db_write_answer(const db_library *library, void *connection, const char *sql, const plug_ctx *ctx,
                        plug_sink *out, plug_error *error);

#endif
