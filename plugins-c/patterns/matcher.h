/* Finds the lines in which any of many patterns matches. */
#ifndef PATTERNS_MATCHER_H
#define PATTERNS_MATCHER_H

#include <hs/hs.h>
#include <plughost/base.h>

#include "expression.h"
#include "pattern_list.h"

/* The compiled patterns; workers share them. */
typedef struct matcher {
  hs_database_t *database; /* null: there is no pattern, so no line matches */
  hs_scratch_t *scratch;   /* copied for each worker, never used */
  uint8_t *candidates;     /* of each pattern: what it finds in a block is only a candidate */
  int text_anchors;        /* some pattern must be given single lines */
  int characters;          /* some pattern must be given UTF-8 */
  uint64_t *lengths;       /* of each pattern, where all are texts that match themselves alone; else null */
  uint32_t count;          /* patterns */
} matcher;

/* Compiles into a matcher that is all zero, and that matcher_free frees, also after an error. */
int32_t matcher_init(matcher *matcher, const pattern_list *list, const pattern_style *style, plug_error *error);
void matcher_free(matcher *matcher);

/* A search of one worker, with its scratch memory. */
typedef struct searcher searcher;

/* Null when there is no memory. The matcher must outlive it. */
searcher *searcher_new(const matcher *matcher);
void searcher_free(searcher *searcher);

/* Whether the line, without its newline, matches: 1, 0, or an error. */
int32_t search_line(searcher *searcher, const uint8_t *data, size_t len);

/* All the patterns that match the line, by their places in the list, ascending. Sets *which, valid until the next
 * search; returns their number, or an error. */
int64_t search_line_for_all(searcher *searcher, const uint8_t *data, size_t len, const uint32_t **which);

/* Writes where texts of the list stand in the line: the leftmost, of those that begin there the first of the list, and
 * on behind it. Nothing where the patterns are no texts: Hyperscan tells where a match ends, not where it begins.
 * Returns PLUG_OK or an error. */
int32_t search_line_for_places(searcher *searcher, const uint8_t *data, size_t len, plug_sink *out);

/* What is searched at once: whole lines of at most this many bytes, or a single line of any length. */
enum { PIECE = 64 << 10 };

/* The end of the piece at the beginning of data[len]; len is at least 1. */
size_t piece_end(const uint8_t *data, size_t len);

/* Searches one piece. Sets *lines to the lines that match, ascending, valid until the next search; returns their number
 * or an error. */
int64_t search_piece(searcher *searcher, const uint8_t *data, size_t len, const plug_span **lines);

#endif
