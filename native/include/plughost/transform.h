/* plughost: a plugin that puts other lines in the place of lines
 *
 * Idea: for each line, say that it stays as it is, or write the lines that take its place: one, several, or none. A
 * line that stays costs nothing: the host keeps the original bytes where they are. Two shapes, which do alike on every
 * input; the batch pays one call for a thousand lines. Bytes are arbitrary: NUL and invalid UTF-8 occur.
 *
 * Advice for the host: use the batch where there is one. Check every length, and that what was written is whole lines,
 * before using it; bound what a plugin may write for a block. Show later stages where a line came from by
 * plug_lines.origins.
 * Advice for the plugin: leave alone what does not change, instead of writing it again. Build output in place with
 * reserve and commit. Scratch memory goes into the state: each worker has one, so it needs no lock.
 */
#ifndef PLUGHOST_TRANSFORM_H
#define PLUGHOST_TRANSFORM_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_TRANSFORM "plug.transform/1"

/* What becomes of a line depends on that line alone: it may be asked again, in any order, in any company. */
#define PLUG_TRANSFORM_LINEWISE 1u
/* Lines must be seen in input order: the host uses one worker. */
#define PLUG_TRANSFORM_ORDERED 2u

/* In `lengths` of transform_batch: the line stays as it is. */
#define PLUG_TRANSFORM_SAME UINT32_MAX

typedef struct plug_transform {
  uint32_t size;
  uint32_t flags; /* PLUG_TRANSFORM_*; LINEWISE and ORDERED exclude each other */
  /* As in plug_filter. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* One line without its newline. Returns PLUG_UNCHANGED when it stays as it is, having written nothing; or writes the
   * lines that take its place to out, each ended by '\n', and returns PLUG_OK: nothing written means no line. Or an
   * error. Mandatory. [worker] */
  int32_t (*transform)(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len, plug_sink *out,
                       plug_error *error);
  /* Many lines of one block. For each line i that does not stay as it is, in order, appends the lines that take its
   * place to out, each ended by '\n', and sets lengths[i] to the number of bytes; 0 means no line. lengths holds
   * lines->count numbers, all PLUG_TRANSFORM_SAME on entry. Returns PLUG_OK or an error. Optional. [worker] */
  int32_t (*transform_batch)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                             uint32_t *lengths, plug_sink *out, plug_error *error);
} plug_transform;

/* What every plug_transform states at least as its size: its mandatory fields. It never changes. */
#define PLUG_TRANSFORM_LEAST (offsetof(plug_transform, transform) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
