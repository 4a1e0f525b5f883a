#include "library.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#ifdef __APPLE__
#define SYSTEM_LIBRARY "libduckdb.dylib"
#else
#define SYSTEM_LIBRARY "libduckdb.so"
#endif

int32_t db_fail(plug_error *error, int32_t code, const char *tried, const char *reason) {
  char text[PLUG_ERROR_MESSAGE_MAX + 1];
  if (!reason) reason = "DuckDB gives no reason";
  snprintf(text, sizeof text, "%s: %.*s", tried, (int)strcspn(reason, "\n"), reason);
  return plug_fail(error, code, text);
}

int32_t db_open_library(const char *path, db_library *library, plug_error *error) {
  const char *const file = *path ? path : SYSTEM_LIBRARY;
  library->handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (!library->handle) {
    char text[PLUG_ERROR_MESSAGE_MAX + 1];
    snprintf(text, sizeof text,
             "DuckDB's library cannot be opened: %s; install it, for instance with npm install "
             "@duckdb/node-bindings, and give the path of its " SYSTEM_LIBRARY " as the option \"library\"",
             dlerror());
    return plug_fail(error, PLUG_ERROR_CONFIG, text);
  }
  const struct {
    const char *name;
    void *function;
  } functions[] = {
#define FUNCTION(name) {"duckdb_" #name, &library->name}
      FUNCTION(create_config),
      FUNCTION(set_config),
      FUNCTION(destroy_config),
      FUNCTION(open_ext),
      FUNCTION(close),
      FUNCTION(connect),
      FUNCTION(disconnect),
      FUNCTION(free),
      FUNCTION(query),
      FUNCTION(result_error),
      FUNCTION(destroy_result),
      FUNCTION(column_count),
      FUNCTION(column_name),
      FUNCTION(fetch_chunk),
      FUNCTION(prepare),
      FUNCTION(prepare_error),
      FUNCTION(destroy_prepare),
      FUNCTION(pending_prepared),
      FUNCTION(pending_error),
      FUNCTION(pending_execute_task),
      FUNCTION(execute_pending),
      FUNCTION(destroy_pending),
      FUNCTION(appender_create),
      FUNCTION(append_data_chunk),
      FUNCTION(appender_error),
      FUNCTION(appender_close),
      FUNCTION(appender_destroy),
      FUNCTION(create_logical_type),
      FUNCTION(destroy_logical_type),
      FUNCTION(create_data_chunk),
      FUNCTION(destroy_data_chunk),
      FUNCTION(data_chunk_reset),
      FUNCTION(data_chunk_get_vector),
      FUNCTION(data_chunk_get_size),
      FUNCTION(data_chunk_set_size),
      FUNCTION(vector_get_data),
      FUNCTION(vector_get_validity),
      FUNCTION(vector_ensure_validity_writable),
      FUNCTION(vector_assign_string_element_len),
      FUNCTION(vector_size),
#undef FUNCTION
  };
  for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
    void *const found = dlsym(library->handle, functions[i].name);
    if (!found) {
      char text[PLUG_ERROR_MESSAGE_MAX + 1];
      snprintf(text, sizeof text, "%s has no %s: it is no DuckDB, or one older than 1.1", file, functions[i].name);
      return plug_fail(error, PLUG_ERROR_CONFIG, text);
    }
    memcpy(functions[i].function, &found, sizeof found);
  }
  return PLUG_OK;
}
