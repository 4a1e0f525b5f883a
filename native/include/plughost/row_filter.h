/* plughost: a plugin that keeps some rows and drops the others
 *
 * Idea: as a filter, but it reads typed columns instead of text. It says which columns it wants; the host has a parser
 * fill them.
 *
 * Advice for the host: ask for the columns of all readers at once, so that each line is parsed once. A comparison with
 * a null is false. Advice for the plugin: rows->columns[i] is the column that `column` named with index i.
 */
#ifndef PLUGHOST_ROW_FILTER_H
#define PLUGHOST_ROW_FILTER_H

#include "columns.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_ROW_FILTER "plug.row_filter/1"

/* The answer for a row depends on that row alone. So the host may ask again, in any order and any batch. */
#define PLUG_ROW_FILTER_LINEWISE 1u
/* The filter must see rows in input order, so the host uses one worker. */
#define PLUG_ROW_FILTER_ORDERED 2u

typedef struct plug_row_filter {
  uint32_t size;
  uint32_t flags; /* PLUG_ROW_FILTER_*; LINEWISE and ORDERED exclude each other */
  /* As plug_filter.state_new and state_free. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* Sets *field to a column that the filter wants: the host calls it after init with index 0, 1, … until it returns 0.
   * Returns 1 with *field set, 0 if there are no more, or an error. Mandatory. [any] */
  int32_t (*column)(const plug_plugin *plugin, uint32_t index, plug_field *field);
  /* Sets bit i of keep if row i is kept. keep has (rows->count + 63) / 64 words, all 0 on entry. Returns PLUG_OK or an
   * error. Mandatory. [worker] */
  int32_t (*keep)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows, uint64_t *keep,
                  plug_error *error);
} plug_row_filter;

/* The smallest size that a plug_row_filter may state: it ends after the last mandatory function. It never changes. */
#define PLUG_ROW_FILTER_LEAST (offsetof(plug_row_filter, keep) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
