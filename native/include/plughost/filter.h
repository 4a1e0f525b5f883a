/* plughost: a plugin that keeps some lines and drops the others
 *
 * Idea: one question, "is this line kept?", in up to three shapes: match for a line, match_batch for many lines, scan
 * for a block. All shapes give the same answers. Bytes are arbitrary: NUL and invalid UTF-8 occur.
 *
 * Advice for the host: use the widest shape that the plugin offers. scan is fastest for a plugin that searches (a text,
 * a pattern), because the host never splits the lines that are dropped. match_batch is fastest for a plugin that looks
 * at a field of each line, because one call serves a thousand lines. Check every span. Ask for spans of shown lines
 * only. Advice for the plugin: write match first. Add literal if every kept line contains one of a few texts. Then add
 * the shape that suits the job; `plughost bench` measures each. Keep scratch memory in the state: each worker has its
 * own, so no lock is needed.
 */
#ifndef PLUGHOST_FILTER_H
#define PLUGHOST_FILTER_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_FILTER "plug.filter/1"

/* The answer for a line depends on that line alone. So the host may ask again, in any order and any batch. */
#define PLUG_FILTER_LINEWISE 1u
/* The filter must see lines in input order, so the host uses one worker. */
#define PLUG_FILTER_ORDERED 2u

#define PLUG_LITERAL_MAX 1024u
#define PLUG_LITERALS_MAX 16u

typedef struct plug_filter {
  uint32_t size;
  uint32_t flags; /* PLUG_FILTER_*; LINEWISE and ORDERED exclude each other */
  /* Returns scratch memory for one worker, or null with *error filled. Null function: the filter needs no state, and
   * `state` is null in every call. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  /* Frees a state that no call is using. Mandatory if there is a state_new. [any] */
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* Takes one line without its newline. Returns 1 to keep it, 0 to drop it, or an error. Mandatory. [worker] */
  int32_t (*match)(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len);
  /* Takes many lines of one block. Sets bit i of keep (bit i % 64 of keep[i / 64]) if line i is kept. keep has
   * (lines->count + 63) / 64 words, all 0 on entry. Returns PLUG_OK or an error. Optional. [worker] */
  int32_t (*match_batch)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                         uint64_t *keep, plug_error *error);
  /* Searches a block of whole lines, each ended by '\n' (the last one perhaps not), from *cursor on, which is the start
   * of a line. Writes up to cap spans of kept lines, ascending, each exactly one line without its newline. Sets *cursor
   * to the start of the first line that is not decided yet, or to block.len at the end. Returns the number of spans, or
   * an error. A call that returns fewer than cap spans must move *cursor forward. cap is at least 1. Optional.
   * [worker] */
  int64_t (*scan)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                  plug_span *spans, uint32_t cap, plug_error *error);
  /* Sets *text to a text of 1 to PLUG_LITERAL_MAX bytes without newline. The host calls it after init with index 0, 1,
   * … until it returns 0. Every kept line contains at least one of these texts, byte for byte, so the host may search
   * for them and ask only about lines that have one. Returns 1 with *text set, 0 if there are no more, or an error. The
   * text is valid until destroy. A host ignores all if there are more than PLUG_LITERALS_MAX. Optional. [any] */
  int32_t (*literal)(const plug_plugin *plugin, uint32_t index, plug_bytes *text);
  /* Since 1.1. Writes to out which parts of a line, given without its newline, make the filter keep it: one plug_span
   * each, with plug_put_span, offsets from line.data. Spans lie inside the line, ascend and do not overlap. A span of
   * length 0 is a place between two bytes; it touches neither the span before it nor the one after it. So a line has at
   * most line.len + 1 spans. A line that match drops has none. The answer depends on this line alone, and should take
   * time in proportion to its length. Returns PLUG_OK or an error. Optional.
   * [worker] */
  int32_t (*spans)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes line, plug_sink *out,
                   plug_error *error);
} plug_filter;

/* Writes one span for plug_filter.spans. Returns what the sink returns. [worker] */
static inline int32_t plug_put_span(plug_sink *out, uint64_t offset, uint64_t length) {
  const plug_span span = {(uint32_t)offset, (uint32_t)length};
  return out->write(out, &span, sizeof span);
}

/* The smallest size that a plug_filter may state: it ends after the last mandatory function. It never changes. */
#define PLUG_FILTER_LEAST (offsetof(plug_filter, match) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
