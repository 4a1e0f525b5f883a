/* plughost: a plugin that turns lines into rows
 *
 * Idea: the host says once which columns it wants, in which order and types. The parser then fills them for one batch
 * of lines after the other, and says which lines have its format. A line that does not fit has no row. Nor has one that
 * is skipped: it belongs to the format and holds no record, such as a header, a comment or an empty line.
 *
 * Advice for the host: make a state for each worker, call want once on it, then parse. Ask only for columns that a
 * reader wants. Check each text and each bit. Count the lines that do not fit, and report the number. Do not count the
 * skipped ones among them.
 *
 * Advice for the plugin: read no more of a line than the wanted columns need. But decide by the line alone whether it
 * fits or is skipped, so that one more column changes no count. A value that cannot be read as the wanted type is null;
 * its line still fits.
 */
#ifndef PLUGHOST_PARSER_H
#define PLUGHOST_PARSER_H

#include "columns.h"

#ifdef __cplusplus
extern "C" {
#endif

#define PLUG_PARSER "plug.parser/1"

/* The row of a line depends on that line alone. So the host may pass lines again, in any order, in any batch. */
#define PLUG_PARSER_LINEWISE 1u
/* The parser must see lines in input order, because earlier lines say what later ones mean, such as a header of the
 * file. So the host uses one worker. Where rows are filtered and then read again by another state, that state also gets
 * the lines that the first one skipped, because they may say what the lines after them mean. */
#define PLUG_PARSER_ORDERED 2u
/* It has columns of any name, such as the keys of JSON objects, beside those that `field` lists. */
#define PLUG_PARSER_OPEN 4u

typedef struct plug_parser {
  uint32_t size;
  uint32_t flags; /* PLUG_PARSER_*; LINEWISE and ORDERED exclude each other */
  /* As plug_filter.state_new and state_free. [any] */
  void *(*state_new)(const plug_plugin *plugin, plug_error *error);
  void (*state_free)(const plug_plugin *plugin, void *state);
  /* Tells a state which columns parse is to fill: wanted->count of them, in this order and these types, by these names.
   * The host calls it once for each state, before its first parse; `wanted` is borrowed for the call. Returns PLUG_OK,
   * or PLUG_ERROR_CONFIG if the parser cannot give one of them. Readers ask for any type: for an integer also as REAL,
   * TEXT or BOOLEAN. A parser may refuse a column of `field` by another type than its own: the host then asks a new
   * state for the own types, and converts the cells. Mandatory. [worker] */
  int32_t (*want)(const plug_plugin *plugin, void *state, const plug_schema *wanted, plug_error *error);
  /* Parses lines. Sets bit i of fits if line i is a row, bit i of skipped if it belongs to the format and is no row,
   * and neither if it does not fit. Both have (lines->count + 63) / 64 words, all 0 on entry. For a row, sets the cell
   * of each wanted column that has a value, and its valid bit; all valid bits are 0 on entry. A text is a span of the
   * line, or, if its offset is at least block.len, of what was written to made, counted from there. The parser may read
   * 64 bytes behind lines->block, which mean nothing. Returns PLUG_OK or an error. Mandatory. [worker] */
  int32_t (*parse)(const plug_plugin *plugin, void *state, const plug_ctx *ctx, const plug_lines *lines,
                   const plug_column *columns, uint64_t *fits, uint64_t *skipped, plug_sink *made, plug_error *error);
  /* Sets *field to a column that the parser always has: the host calls it after init with index 0, 1, … until it
   * returns 0. Returns 1 with *field set, 0 if there are no more, or an error. No two have one name, and each has a
   * type that is not PLUG_ANY. Null: it has none of its own. Optional. [any] */
  int32_t (*field)(const plug_plugin *plugin, uint32_t index, plug_field *field);
} plug_parser;

/* The smallest size that a plug_parser may state: it ends after the last mandatory function. It never changes. */
#define PLUG_PARSER_LEAST (offsetof(plug_parser, parse) + sizeof(void *))

#ifdef __cplusplus
}
#endif
#endif
