/* Gives rows to DuckDB: for SQL, for Parquet files and for a database. */
#include <errno.h>
#include <plughost/plughost.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../shared/text_option.h"
#include "query.h"
#include "table.h"

PLUG_MANIFEST({
  "id" : "org.plughost.duckdb",
  "name" : "duckdb",
  "version" : "0.1.0",
  "description" : "Gives rows to DuckDB: the answer of an SQL query, a Parquet file, or a table of a database",
  "license" : "MIT",
  "extensions" : ["plug.exporter/1"],
  "config" : {
    "type" : "object",
    "properties" : {
      "sql" : {
        "type" : "string",
        "description" : "A query of the table; its answer is written as CSV, or to the Parquet file"
      },
      "parquet" : {"type" : "string", "description" : "A file for the rows, or for the answer of sql"},
      "database" : {"type" : "string", "description" : "A database for the table; it is made if it is missing"},
      "table" : {
        "type" : "string",
        "default" : "rows",
        "description" : "The name of the table; those of further tables end in 2, 3 and so on"
      },
      "memory" : {
        "type" : "string",
        "description" : "The most memory that DuckDB takes, such as 2GB; by default its own rule"
      },
      "threads" : {"type" : "string", "pattern" : "^[1-9][0-9]{0,3}$", "description" : "The threads of DuckDB"},
      "library" : {"type" : "string", "description" : "The path of DuckDB's library, if the system does not find it"}
    },
    "additionalProperties" : false
  }
})

/* The options that are texts, in the order of `names`. */
enum { SQL, PARQUET, DATABASE, TABLE, MEMORY, THREADS, LIBRARY, OPTIONS };

typedef struct duckdb {
  plug_plugin plugin; /* first, so a pointer to it is a pointer to this struct */
  plug_exporter exporter;
  const plug_host *host;
  char *options[OPTIONS]; /* owned; null: not given */
} duckdb;

/* One output: a database, and the table that rows go to. */
typedef struct output {
  db_library library;
  void *database;
  void *connection;
  db_table table;
  unsigned tables;
  int checked; /* whether the query was checked */
  uint64_t mended_texts;
  char *table_name; /* of the table of rows; owned */
} output;

static const char *name(const plug_plugin *plugin) { return (void)plugin, "DuckDB"; }

static int32_t init(plug_plugin *plugin, const plug_host *host, plug_bytes config, plug_error *error) {
  static const char *const names[] = {"sql", "parquet", "database", "table", "memory", "threads", "library"};
  duckdb *self = (duckdb *)plugin;
  self->host = host;
  for (int i = 0; i < OPTIONS; i++) {
    char *text;
    uint64_t len = 0;
    const int32_t found = read_text_option(config, names[i], &text, &len);
    if (found == 0) continue;
    if (found == PLUG_ERROR_NOMEM) return plug_fail(error, found, "there is no memory for the options");
    if (found < 0) {
      char message[64];
      snprintf(message, sizeof message, "the option \"%s\" is no text without NUL", names[i]);
      return plug_fail(error, PLUG_ERROR_CONFIG, message);
    }
    /* A query is put into others, where a semicolon would end them. */
    if (i == SQL)
      while (len > 0 && strchr("; \t\r\n", text[len - 1])) len--;
    text[len] = 0;
    if (len > 0)
      self->options[i] = text;
    else
      free(text);
  }
  /* For a plugin it is standard error. */
  static const char *const output_paths[] = {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"};
  for (size_t i = 0; self->options[PARQUET] && i < sizeof output_paths / sizeof *output_paths; i++)
    if (strcmp(self->options[PARQUET], output_paths[i]) == 0)
      return plug_fail(error, PLUG_ERROR_CONFIG, "the option \"parquet\" is standard output: name a file");
  if (self->options[SQL] || self->options[PARQUET] || self->options[DATABASE]) return PLUG_OK;
  return plug_fail(error, PLUG_ERROR_CONFIG,
                   "there is nothing to do: give a query as the option \"sql\", a file as \"parquet\" or \"database\"");
}

static int32_t run(plug_plugin *plugin, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return (void)plugin, (void)ctx, (void)error, plug_put(out, "Gives rows to DuckDB");
}

static void destroy(plug_plugin *plugin) {
  duckdb *self = (duckdb *)plugin;
  for (int i = 0; i < OPTIONS; i++) free(self->options[i]);
  free(self);
}

static void state_free(const plug_plugin *plugin, void *state) {
  (void)plugin;
  output *const self = state;
  db_table_free(&self->table);
  /* Rolls back what is not committed. */
  if (self->connection) self->library.disconnect(&self->connection);
  if (self->database) self->library.close(&self->database);
  free(self->table_name);
  free(self);
}

static const char *or_empty(const char *text) { return text ? text : ""; }

static int32_t open_database(const duckdb *plugin, output *self, plug_error *error) {
  const db_library *const library = &self->library;
  void *config = NULL;
  if (library->create_config(&config) != DB_SUCCESS)
    return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for DuckDB");
  static const struct {
    int option;
    const char *name;
  } settings[] = {{MEMORY, "memory_limit"}, {THREADS, "threads"}};
  int32_t status = PLUG_OK;
  for (size_t i = 0; i < sizeof settings / sizeof *settings && status == PLUG_OK; i++) {
    const char *const value = plugin->options[settings[i].option];
    if (value && library->set_config(config, settings[i].name, value) != DB_SUCCESS)
      status = db_fail(error, PLUG_ERROR_CONFIG, "DuckDB refuses this option", settings[i].name);
  }
  if (status == PLUG_OK) {
    char *reason = NULL;
    const char *const path = plugin->options[DATABASE];
    if (library->open_ext(path, &self->database, config, &reason) != DB_SUCCESS) {
      status = db_fail(error, PLUG_ERROR_CONFIG, "the database cannot be opened", reason);
      if (reason) library->free(reason);
    } else if (library->connect(self->database, &self->connection) != DB_SUCCESS) {
      status = plug_fail(error, PLUG_ERROR_IO, "there is no connection to the database");
    }
  }
  library->destroy_config(&config);
  return status;
}

/* DuckDB opens a file of data, such as one of CSV, as a view in memory: rows would be lost there without a word. */
static int32_t require_kept(const duckdb *plugin, const output *self, plug_error *error) {
  static const char in_memory[] = ":memory:";
  const char *const path = plugin->options[DATABASE];
  const int is_wanted = plugin->options[SQL] || plugin->options[PARQUET];
  if (!path || (is_wanted && strncmp(path, in_memory, sizeof in_memory - 1) == 0)) return PLUG_OK;
  int is_kept = 0;
  const int32_t status = db_has_rows(&self->library, self->connection,
                                     "SELECT 1 FROM duckdb_databases() WHERE database_name = current_database() AND "
                                     "path IS NOT NULL",
                                     &is_kept, error);
  if (status != PLUG_OK || is_kept) return status;
  return plug_fail(error, PLUG_ERROR_CONFIG,
                   "the option \"database\" is no database that keeps a table: DuckDB would have it in memory alone");
}

static void *state_new(const plug_plugin *plugin, plug_error *error) {
  const duckdb *const self = (const duckdb *)plugin;
  output *const state = calloc(1, sizeof *state);
  if (!state) {
    plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for DuckDB");
    return NULL;
  }
  if (db_open_library(or_empty(self->options[LIBRARY]), &state->library, error) == PLUG_OK &&
      open_database(self, state, error) == PLUG_OK && require_kept(self, state, error) == PLUG_OK)
    return state;
  state_free(plugin, state);
  return NULL;
}

/* Begins a transaction with the first table, so that a run that fails leaves the database as it was. */
static int32_t begin_table(const duckdb *plugin, output *self, const plug_ctx *ctx, const plug_schema *columns,
                           plug_error *error) {
  const db_library *const library = &self->library;
  int32_t status = PLUG_OK;
  if (self->tables == 0) {
    status = db_execute(library, self->connection, "BEGIN TRANSACTION", ctx, error);
  } else {
    status = db_table_end(&self->table, error);
    self->mended_texts += self->table.mended_texts;
    db_table_free(&self->table);
  }
  if (status != PLUG_OK) return status;
  const char *const first = plugin->options[TABLE] ? plugin->options[TABLE] : "rows";
  const size_t room = strlen(first) + 12;
  char *const table = realloc(self->table_name, room);
  if (!table) return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the name of the table");
  self->table_name = table;
  self->tables++;
  if (self->tables == 1)
    snprintf(table, room, "%s", first);
  else
    snprintf(table, room, "%s%u", first, self->tables);
  return db_table_begin(&self->table, library, self->connection, table, columns, error);
}

static int32_t begin_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_schema *columns,
                          plug_sink *out, plug_error *error) {
  (void)out;
  return begin_table((const duckdb *)plugin, state, ctx, columns, error);
}

static int32_t add_rows(const duckdb *plugin, output *self, const plug_rows *rows, plug_error *error) {
  const char *const sql = plugin->options[SQL];
  /* Rows of lines have one table, so a wrong query is refused before the logs are read. Results have been read by now,
   * and may have further tables. */
  if (sql && rows->lines && !self->checked) {
    const int32_t status = db_check_query(&self->library, self->connection, sql, error);
    if (status != PLUG_OK) return status;
    self->checked = 1;
  }
  return db_table_add(&self->table, rows, error);
}

static int32_t write_rows(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                          plug_sink *out, plug_error *error) {
  (void)out;
  if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
  return add_rows((const duckdb *)plugin, state, rows, error);
}

/* The columns of lines that no parser has read. */
static const plug_field kOffset = {sizeof(plug_field), PLUG_INTEGER, "offset", NULL};
static const plug_field kText = {sizeof(plug_field), PLUG_TEXT, "text", NULL};
static const plug_field *const kOfLines[] = {&kOffset, &kText};
static const plug_schema kLines = {sizeof(plug_schema), 2, kOfLines};

static int32_t begin(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  return begin_rows(plugin, state, ctx, &kLines, out, error);
}

static int32_t write(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                     uint32_t *taken, plug_sink *out, plug_error *error) {
  enum { BATCH = 1024 };
  (void)taken, (void)out;
  plug_cell offsets[BATCH], texts[BATCH];
  uint64_t valid[BATCH / 64];
  memset(valid, 0xff, sizeof valid);
  const plug_column columns[] = {{offsets, valid}, {texts, valid}};
  for (uint32_t from = 0; from < lines->count; from += BATCH) {
    if (plug_cancelled(ctx)) return PLUG_ERROR_CANCELLED;
    const uint32_t count = lines->count - from < BATCH ? lines->count - from : BATCH;
    for (uint32_t i = 0; i < count; i++) {
      offsets[i].integer = (int64_t)plug_line_offset(lines, from + i);
      texts[i].text = lines->spans[from + i];
    }
    const plug_rows rows = {sizeof rows, count, lines, &kLines, columns, {NULL, 0}};
    const int32_t status = add_rows((const duckdb *)plugin, state, &rows, error);
    if (status != PLUG_OK) return status;
  }
  return PLUG_OK;
}

/* Returns whether there is nothing at a path. */
static int is_free(const char *path) {
  struct stat found;
  return stat(path, &found) != 0 && errno == ENOENT;
}

/* Returns the path of a file until DuckDB has finished it, which the caller frees, or NULL. */
static char *unfinished_path(const char *file) {
  const char *const slash = strrchr(file, '/');
  const int folder = slash ? (int)(slash + 1 - file) : 0;
  const size_t room = strlen(file) + sizeof "tmp_";
  char *const path = malloc(room);
  if (path) snprintf(path, room, "%.*stmp_%s", folder, file, file + folder);
  return path;
}

/* Writes the rows, or the answer of the query, to a Parquet file. A local one appears when it is whole. */
static int32_t write_parquet(const duckdb *plugin, output *self, const plug_ctx *ctx, plug_error *error) {
  const char *const sql = or_empty(plugin->options[SQL]);
  const char *const file = plugin->options[PARQUET];
  enum { FRAME = sizeof "COPY (\n\n) TO  (FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)" };
  const int is_local = !strstr(file, "://");
  char *const unfinished = unfinished_path(file);
  char *const text = malloc(FRAME + strlen(sql) + 2 * (strlen(self->table_name) + strlen(file)) + 4);
  if (!text || !unfinished) {
    free(text);
    free(unfinished);
    return plug_fail(error, PLUG_ERROR_NOMEM, "there is no memory for the query");
  }
  /* By itself DuckDB makes such a file where another one is replaced, and never for a device. One of the user would be
   * lost. */
  const int is_ours = is_local && is_free(unfinished);
  const char *made = "";
  if (is_local && !is_ours)
    made = ", USE_TMP_FILE false";
  else if (is_local && is_free(file))
    made = ", USE_TMP_FILE true";
  char *to = text;
  if (*sql) {
    to += sprintf(to, "COPY (\n%s\n) TO ", sql);
  } else {
    to += sprintf(to, "COPY ");
    to = db_quoted(to, self->table_name, '"');
    to += sprintf(to, " TO ");
  }
  to = db_quoted(to, file, '\'');
  sprintf(to, " (FORMAT parquet, COMPRESSION zstd%s)", made);
  const int32_t status = db_execute(&self->library, self->connection, text, ctx, error);
  if (status != PLUG_OK && is_ours) remove(unfinished);
  free(text);
  free(unfinished);
  return status;
}

static void tell_mended(const duckdb *plugin, uint64_t mended) {
  if (mended == 0 || !plugin->host || !plugin->host->log) return;
  char text[128];
  const int len = snprintf(text, sizeof text, "%llu text%s no UTF-8; what is none became U+FFFD",
                           (unsigned long long)mended, mended == 1 ? " is" : "s are");
  plugin->host->log(plugin->host, PLUG_LOG_WARNING, (plug_bytes){(const uint8_t *)text, (uint64_t)len});
}

static int32_t end(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error) {
  const duckdb *const self = (const duckdb *)plugin;
  output *const output = state;
  int32_t status = db_table_end(&output->table, error);
  output->mended_texts += output->table.mended_texts;
  db_table_free(&output->table);
  if (status == PLUG_OK && self->options[PARQUET])
    status = write_parquet(self, output, ctx, error);
  else if (status == PLUG_OK && self->options[SQL])
    status = db_write_answer(&output->library, output->connection, self->options[SQL], ctx, out, error);
  if (status == PLUG_OK) status = db_execute(&output->library, output->connection, "COMMIT", ctx, error);
  if (status == PLUG_OK) tell_mended(self, output->mended_texts);
  return status;
}

static const void *extension(const plug_plugin *plugin, const char *id) {
  return plug_same_id(id, PLUG_EXPORTER) ? &((const duckdb *)plugin)->exporter : NULL;
}

PLUG_EXPORT plug_plugin *NewPlugin(void) {
  duckdb *self = malloc(sizeof *self);
  if (!self) return NULL;
  *self = (duckdb){.plugin = {PLUG_PLUGIN_HEADER, .name = name, .init = init, .run = run, .destroy = destroy,
                              .extension = extension},
                   .exporter = {.size = sizeof(plug_exporter),
                                .flags = PLUG_EXPORTER_TIMES,
                                .state_new = state_new,
                                .state_free = state_free,
                                .begin = begin,
                                .write = write,
                                .end = end,
                                .begin_rows = begin_rows,
                                .write_rows = write_rows}};
  return &self->plugin;
}
