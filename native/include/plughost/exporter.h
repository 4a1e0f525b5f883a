/* plughost: a plugin that turns kept lines into bytes of another format
 *
 * Idea: begin, then write for the kept lines in order, then end; all three append to a sink of the host.
 *
 * Advice for the host: a ROWWISE exporter may run beside itself, one state a worker, its outputs joined in block
 * order; any other sees everything in order through one state. begin and end are called once a run, on one state,
 * before the first write and after the last, also when there are no lines.
 * Advice for the plugin: build rows in place with reserve and commit; keep nothing of the lines after the call.
 */
#ifndef PLUGHOST_EXPORTER_H
#define PLUGHOST_EXPORTER_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_EXPORTER "plug.exporter/1"

/* The bytes of a line depend on that line alone, so blocks may be written in parallel by several states. */
#define PLUG_EXPORTER_ROWWISE 1u
/* It writes plug_lines.numbers. To count lines, blocks are written one after the other, by one state. */
#define PLUG_EXPORTER_NUMBERS 2u
/* It writes plug_lines.input_name. */
#define PLUG_EXPORTER_NAMES 4u

typedef struct plug_exporter {
  uint32_t size;
  uint32_t flags; /* PLUG_EXPORTER_* */
  /* As in plug_filter. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* What comes before the first line. Optional. [worker] */
  int32_t (*begin)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error);
  /* The next lines. *taken is lines->count on entry. Returns PLUG_OK when all of them are
   * written; PLUG_ERROR_AGAIN, with *taken set to the number of lines that are fully written, at least 1, when the host
   * is to keep what was written and call again with the rest; or another error. Mandatory. [worker] */
  int32_t (*write)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                   uint32_t *taken, plug_sink *out, plug_error *error);
  /* What comes after the last line. Optional. [worker] */
  int32_t (*end)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_sink *out, plug_error *error);
} plug_exporter;

/* What every plug_exporter states at least as its size: its mandatory fields. It never changes. */
#define PLUG_EXPORTER_LEAST (offsetof(plug_exporter, write) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
