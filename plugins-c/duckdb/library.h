/* DuckDB's C interface, version 1, out of a library that is opened while the host runs. So nothing of DuckDB is needed
 * to build this plugin. The functions and structs are those of duckdb.h, of which only what is used here is declared.
 */
#ifndef DUCKDB_LIBRARY_H
#define DUCKDB_LIBRARY_H

#include <plughost/plughost.h>

/* What duckdb.h calls duckdb_state. */
enum { DB_SUCCESS = 0 };
/* duckdb_pending_state */
enum { DB_RESULT_READY = 0, DB_NOT_READY = 1, DB_PENDING_ERROR = 2, DB_NO_TASKS = 3 };
/* duckdb_type */
enum { DB_BOOLEAN = 1, DB_BIGINT = 5, DB_DOUBLE = 11, DB_VARCHAR = 17, DB_TIMESTAMP_NS = 22 };

/* duckdb_result */
typedef struct db_result {
  uint64_t deprecated[3];
  void *deprecated_columns;
  char *deprecated_message;
  void *internal;
} db_result;

/* duckdb_string_t: a text of at most 12 bytes lies in `bytes`. Of a longer one, the last 8 of these bytes are a pointer
 * to it. */
typedef struct db_string {
  uint32_t length;
  char bytes[12];
} db_string;

/* Its functions, each by its name without `duckdb_`. Handles are pointers to what only DuckDB knows. */
typedef struct db_library {
  void *handle;
  int (*create_config)(void **config);
  int (*set_config)(void *config, const char *name, const char *option);
  void (*destroy_config)(void **config);
  int (*open_ext)(const char *path, void **database, void *config, char **error);
  void (*close)(void **database);
  int (*connect)(void *database, void **connection);
  void (*disconnect)(void **connection);
  void (*free)(void *memory);
  int (*query)(void *connection, const char *sql, db_result *result);
  const char *(*result_error)(db_result *result);
  void (*destroy_result)(db_result *result);
  uint64_t (*column_count)(db_result *result);
  const char *(*column_name)(db_result *result, uint64_t column);
  void *(*fetch_chunk)(db_result result);
  int (*prepare)(void *connection, const char *sql, void **statement);
  const char *(*prepare_error)(void *statement);
  void (*destroy_prepare)(void **statement);
  int (*pending_prepared)(void *statement, void **pending);
  const char *(*pending_error)(void *pending);
  int (*pending_execute_task)(void *pending);
  int (*execute_pending)(void *pending, db_result *result);
  void (*destroy_pending)(void **pending);
  int (*appender_create)(void *connection, const char *schema, const char *table, void **appender);
  int (*append_data_chunk)(void *appender, void *chunk);
  const char *(*appender_error)(void *appender);
  int (*appender_close)(void *appender);
  int (*appender_destroy)(void **appender);
  void *(*create_logical_type)(int type);
  void (*destroy_logical_type)(void **type);
  void *(*create_data_chunk)(void **types, uint64_t columns);
  void (*destroy_data_chunk)(void **chunk);
  void (*data_chunk_reset)(void *chunk);
  void *(*data_chunk_get_vector)(void *chunk, uint64_t column);
  uint64_t (*data_chunk_get_size)(void *chunk);
  void (*data_chunk_set_size)(void *chunk, uint64_t size);
  void *(*vector_get_data)(void *vector);
  uint64_t *(*vector_get_validity)(void *vector);
  void (*vector_ensure_validity_writable)(void *vector);
  void (*vector_assign_string_element_len)(void *vector, uint64_t row, const char *text, uint64_t length);
  uint64_t (*vector_size)(void);
} db_library;

/* Opens the library at a path, or the system's if the path is empty, and finds its functions. It stays open until the
 * process ends, because DuckDB has threads. Returns PLUG_OK, or PLUG_ERROR_CONFIG with what to do. [any] */
int32_t db_open_library(const char *path, db_library *library, plug_error *error);

/* Fails with what was tried and the first line of what DuckDB says. [any] */
int32_t db_fail(plug_error *error, int32_t code, const char *tried, const char *reason);

#endif
