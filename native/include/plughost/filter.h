/* plughost: a plugin that keeps some lines and drops the others
 *
 * Idea: one question, "is this line kept?", in up to three shapes. The shapes answer alike on every input; they differ
 * in how much of the work around the question the plugin takes over. Bytes are arbitrary: NUL and invalid UTF-8 occur.
 *
 * Advice for the host: use the widest shape there is. A plugin that searches (a literal, a pattern) is fastest as
 * scan, since lines that nobody needs are never split; one that looks at a field of each line is fastest as
 * match_batch, since one guard and one call serve a thousand lines. Check every span before using it.
 * Advice for the plugin: write match first, and literal where a kept line must hold a text; then the shape that fits,
 * and let `host bench` show what each costs. Scratch memory goes into the state: each worker has one, so it needs no
 * lock. What marks or lists matches asks for spans, and only about lines that it shows.
 */
#ifndef PLUGHOST_FILTER_H
#define PLUGHOST_FILTER_H

#include "plugin.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_FILTER "plug.filter/1"

/* The answer for a line depends on that line alone: it may be asked again, in any order, in any company. */
#define PLUG_FILTER_LINEWISE 1u
/* Lines must be seen in input order: the host uses one worker. */
#define PLUG_FILTER_ORDERED 2u

#define PLUG_LITERAL_MAX 1024u
#define PLUG_LITERALS_MAX 16u

typedef struct plug_filter {
  uint32_t size;
  uint32_t flags; /* PLUG_FILTER_*; LINEWISE and ORDERED exclude each other */
  /* Scratch memory for one worker, or null with *error filled. Null function: no state is needed, and `state` is null
   * in every call. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  /* Frees a state that no call is using. Mandatory when there is a state_new. [any] */
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* One line without its newline: 1 kept, 0 dropped, or an error. Mandatory. [worker] */
  int32_t (*match)(const plug_plugin *plugin, void *state, const uint8_t *data, uint64_t len);
  /* Many lines of one block. Sets bit i of keep (bit i % 64 of keep[i / 64]) when line i is kept; keep holds
   * (lines->count + 63) / 64 words, all 0 on entry. Returns PLUG_OK or an error. Optional. [worker] */
  int32_t (*match_batch)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                         uint64_t *keep, plug_error *error);
  /* Searches a block of whole lines, each ended by '\n' (the last one perhaps not), from *cursor on, which is always
   * the start of a line. Writes up to cap spans of kept lines, ascending, each exactly one line without its newline;
   * sets *cursor to the start of the first line that it has not decided, or to len when done; returns the number of
   * spans, or an error. A call that returns fewer than cap spans has set *cursor to len or moved it forward.
   * cap is at least 1. Optional. [worker] */
  int64_t (*scan)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes block, uint64_t *cursor,
                  plug_span *spans, uint32_t cap, plug_error *error);
  /* A hint, asked for index 0, 1, … after init: a text of 1 to PLUG_LITERAL_MAX bytes without newline. Every line that
   * is kept holds at least one of these texts, as it stands, so a host that finds them may ask for such lines only.
   * Returns 1 with *text set, which the plugin owns until destroy; 0 when there are no more; or an error. A host need
   * not use them; more than PLUG_LITERALS_MAX are not used at all. Optional: nothing is known. [any] */
  int32_t (*literal)(const plug_plugin *plugin, uint32_t index, plug_bytes *text);
  /* Since 1.1. Writes to out where in a line, given without its newline, the filter finds what keeps it: a plug_span
   * for each place, as plug_put_span does, offsets counted from line.data. Spans lie inside the line, ascend and do not
   * overlap. One of length 0 is a place between two bytes; it begins behind the end of the span before it, and the span
   * after it begins behind it. So a line has at most line.len + 1. A line that match drops has none. The answer depends
   * on this line alone, and should take time in proportion to its length. Returns PLUG_OK or an error. Optional: such
   * places are not known. [worker] */
  int32_t (*spans)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, plug_bytes line, plug_sink *out,
                   plug_error *error);
} plug_filter;

/* Writes one span for plug_filter.spans. Returns what the sink returns. [worker] */
static inline int32_t plug_put_span(plug_sink *out, uint64_t offset, uint64_t length) {
  const plug_span span = {(uint32_t)offset, (uint32_t)length};
  return out->write(out, &span, sizeof span);
}

/* What every plug_filter states at least as its size: its mandatory fields. It never changes. */
#define PLUG_FILTER_LEAST (offsetof(plug_filter, match) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
