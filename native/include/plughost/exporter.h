/* plughost: a plugin that writes kept lines in another format
 *
 * Idea: the host calls begin, then write with the kept lines in order, then end. All three append to a sink.
 *
 * Advice for the host: several workers may write with a ROWWISE exporter at once, each with its own state; join their
 * output in block order. Any other exporter sees all lines in order, with one state. Call begin and end once a run, on
 * one state, before the first write and after the last, also if there are no lines.
 * Advice for the plugin: build rows in place with reserve and commit. Lines are borrowed: copy what you keep of them.
 */
#ifndef PLUGHOST_EXPORTER_H
#define PLUGHOST_EXPORTER_H

#include "columns.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_EXPORTER "plug.exporter/1"

/* The bytes of a line depend on that line alone, so several workers may write blocks in parallel. */
#define PLUG_EXPORTER_ROWWISE 1u
/* The exporter reads plug_lines.numbers. To count lines, the host passes the blocks in order, with one state. */
#define PLUG_EXPORTER_NUMBERS 2u
/* The exporter reads plug_lines.input_name. */
#define PLUG_EXPORTER_NAMES 4u
/* The exporter stores points in time, and no text for people. So the host gives it times as PLUG_TIME, also if the user
 * chose a time zone for what is written; otherwise these columns are PLUG_TEXT then. */
#define PLUG_EXPORTER_TIMES 8u

typedef struct plug_exporter {
  uint32_t size;
  uint32_t flags; /* PLUG_EXPORTER_* */
  /* As plug_filter.state_new and state_free. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* Writes what comes before the first line. Optional. [worker] */
  int32_t (*begin)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error);
  /* Writes the next lines. *taken is lines->count on entry. Returns PLUG_OK if all lines are written. Returns
   * PLUG_ERROR_AGAIN with *taken set to the number of lines that are fully written, at least 1; the host then keeps the
   * output and calls again with the rest. Or returns another error. Mandatory. [worker] */
  int32_t (*write)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                   uint32_t *taken, plug_sink *out, plug_error *error);
  /* Writes what comes after the last line. Optional. [worker] */
  int32_t (*end)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error);
  /* Writes what comes before the rows of a table with these columns, such as a line of their names. A host that exports
   * rows calls it instead of begin: once for each table, on the state that begins and ends the output. `columns` is
   * borrowed for the call. Null: the exporter writes lines only. Optional. [worker] */
  int32_t (*begin_rows)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_schema *columns,
                        plug_sink *out, plug_error *error);
  /* Writes the next rows of the table, all of them. rows->schema holds the table's columns, also for a state that did
   * not begin it. With rows->lines, row i is made of line i, and numbers and input_name are there as for write. Returns
   * PLUG_OK or an error. Needs begin_rows. Optional. [worker] */
  int32_t (*write_rows)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                        plug_sink *out, plug_error *error);
} plug_exporter;

/* The smallest size that a plug_exporter may state: it ends after the last mandatory function. It never changes. */
#define PLUG_EXPORTER_LEAST (offsetof(plug_exporter, write) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
