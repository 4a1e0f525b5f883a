/* plughost: a plugin that folds rows into answers
 *
 * Idea: the host groups rows by their keys and gives each group a number; the plugin keeps whatever it needs for each
 * number. States meet only as bytes: a state of one worker, process or machine is serialized and merged into another.
 * Any split of the input, merged in any order, must give the same bytes. Then threads, files, machines, checkpoints and
 * memory that is spilled need nothing more.
 *
 * Advice for the host: a state belongs to one worker and holds all groups that this worker has seen. Never rely on the
 * order of rows, batches or numbers. Advice for the plugin: fold with operations that do not depend on order (integers,
 * minimum, maximum, bits); sums of doubles do. Serialize little-endian, without padding, pointers or the order of a
 * hash table. Check everything in `merge`: the bytes may come from a file. Raise `revision` when the bytes change their
 * meaning.
 */
#ifndef PLUGHOST_AGGREGATOR_H
#define PLUGHOST_AGGREGATOR_H

#include "columns.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_AGGREGATOR "plug.aggregator/1"

typedef struct plug_aggregator {
  uint32_t size;
  uint32_t flags; /* 0 */
  /* As plug_filter.state_new and state_free. A state holds all groups of one worker. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* Sets *field to a column that the aggregator wants, as plug_row_filter.column. Mandatory. [any] */
  int32_t (*column)(const plug_plugin *plugin, uint32_t index, plug_field *field);
  /* Sets *field to a column of its result: the host calls it after init with index 0, 1, … until it returns 0. Returns
   * 1 with *field set, 0 if there are no more, or an error. There is at least one, each with a type that is not
   * PLUG_ANY, and no two have one name. Mandatory. [any] */
  int32_t (*output)(const plug_plugin *plugin, uint32_t index, plug_field *field);
  /* Adds rows. Row i belongs to group[i], which is less than groups. A number that the state has not seen is an empty
   * group. Returns PLUG_OK or an error, after which the host only frees the state. Mandatory. [worker] */
  int32_t (*update)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_rows *rows,
                    const uint32_t *group, uint32_t groups, plug_error *error);
  /* Writes a group as bytes, which are a function of the rows in it. An empty group may have any bytes, also none.
   * Returns PLUG_OK or an error. Mandatory. [worker] */
  int32_t (*serialize)(const plug_plugin *plugin, void *state, uint32_t group, plug_sink *out, plug_error *error);
  /* Adds to a group what serialize wrote. A number that the state has not seen is an empty group. Returns PLUG_OK, or
   * PLUG_ERROR_INVALID for bytes that serialize cannot have written. Mandatory. [worker] */
  int32_t (*merge)(const plug_plugin *plugin, void *state, uint32_t group, plug_bytes bytes, plug_error *error);
  /* Writes the results of groups first, first + 1, …, which are a function of the rows in a group, whether update or
   * merge has added them: rows of `outputs`, which has `count` cells in each column, all valid bits 0 on entry. A text
   * is a span of what was written to made, from its begin. Changes nothing, and may be asked again. Returns PLUG_OK or
   * an error. Mandatory. [worker] */
  int32_t (*finish)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, uint32_t first, uint32_t count,
                    const plug_column *outputs, plug_sink *made, plug_error *error);
  /* Returns the revision of the bytes of serialize. A host merges only bytes of the same one. Null: 0. Optional. [any]
   */
  uint32_t (*revision)(const plug_plugin *plugin);
  /* Returns about how many bytes of memory a state holds. Null: the host counts 64 for each group. Optional. [worker]
   */
  uint64_t (*memory)(const plug_plugin *plugin, const void *state);
} plug_aggregator;

/* The smallest size that a plug_aggregator may state: it ends after the last mandatory function. It never changes. */
#define PLUG_AGGREGATOR_LEAST (offsetof(plug_aggregator, finish) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
