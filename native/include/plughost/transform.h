/* plughost: a plugin that replaces lines
 *
 * Idea: for each line, keep it as it is, or write the lines that replace it: one, several, or none. A line that stays
 * costs nothing, because the host leaves its bytes where they are. There are two shapes, transform for a line and
 * transform_batch for many. Both give the same result. Bytes are arbitrary: NUL and invalid UTF-8 occur.
 *
 * Advice for the host: use the batch if the plugin offers it. Check every length, and that the output consists of whole
 * lines, before you use it. Limit how much a plugin may write for a block. Tell later stages where a line came from, in
 * plug_lines.origins.
 * Advice for the plugin: return PLUG_UNCHANGED instead of writing an unchanged line again. Build output in place with
 * reserve and commit. Keep scratch memory in the state: each worker has its own, so no lock is needed.
 */
#ifndef PLUGHOST_TRANSFORM_H
#define PLUGHOST_TRANSFORM_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_TRANSFORM "plug.transform/1"

/* The result for a line depends on that line alone. So the host may pass lines again, in any order, in any batch. */
#define PLUG_TRANSFORM_LINEWISE 1u
/* The transform must see lines in input order, so the host uses one worker. */
#define PLUG_TRANSFORM_ORDERED 2u

/* In `lengths` of transform_batch: keep the line as it is. */
#define PLUG_TRANSFORM_SAME UINT32_MAX

typedef struct plug_transform {
  uint32_t size;
  uint32_t flags; /* PLUG_TRANSFORM_*; LINEWISE and ORDERED exclude each other */
  /* As plug_filter.state_new and state_free. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* Takes one line without its newline. Returns PLUG_UNCHANGED, having written nothing, to keep the line as it is. Or
   * writes the lines that replace it to out, each ended by '\n', and returns PLUG_OK; writing nothing removes the line.
   * Or returns an error. Mandatory. [worker] */
  int32_t (*transform)(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                       plug_error *error);
  /* Takes many lines of one block. For each line i that changes, in order, appends the lines that replace it to out,
   * each ended by '\n', and sets lengths[i] to their number of bytes; 0 removes the line. lengths has lines->count
   * numbers, all PLUG_TRANSFORM_SAME on entry. Returns PLUG_OK or an error. Optional. [worker] */
  int32_t (*transform_batch)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                             uint32_t *lengths, plug_sink *out, plug_error *error);
} plug_transform;

/* The smallest size that a plug_transform may state: it ends after the last mandatory function. It never changes. */
#define PLUG_TRANSFORM_LEAST (offsetof(plug_transform, transform) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
