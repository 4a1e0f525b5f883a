/* Finds the lines in which any of many patterns matches. */
#ifndef PATTERNS_MATCHER_H
#define PATTERNS_MATCHER_H

#include <hs/hs.h>
#include <plughost/base.h>

#include "expression.h"
#include "pattern_list.h"

/* The compiled patterns. All workers share them. */
typedef struct matcher {
  hs_database_t *database; /* null without patterns: then no line matches */
  hs_scratch_t *scratch;   /* the original that each worker clones */
  uint8_t *candidates;     /* for each pattern: 1 if its matches in a block are only candidates */
  int text_anchors;        /* some pattern needs single lines */
  int characters;          /* some pattern needs valid UTF-8 */
  uint64_t *lengths;       /* for each pattern its length, if all are plain texts; else null */
  uint32_t count;          /* patterns */
} matcher;

/* Compiles patterns into a zeroed matcher. Free it with matcher_free, also after an error. */
int32_t matcher_init(matcher *matcher, const pattern_list *list, const pattern_style *style, plug_error *error);
void matcher_free(matcher *matcher);

/* The searches of one worker, with its scratch memory. */
typedef struct searcher searcher;

/* Returns null without memory. The matcher must outlive the searcher. */
searcher *searcher_new(const matcher *matcher);
void searcher_free(searcher *searcher);

/* Returns 1 if the line, given without its newline, matches, 0 if not, or an error. */
int32_t search_line(searcher *searcher, const uint8_t *data, size_t len);

/* Finds all patterns that match the line. Sets *which to their indexes in the list, ascending, valid until the next
 * search. Returns their number, or an error. */
int64_t search_line_for_all(searcher *searcher, const uint8_t *data, size_t len, const uint32_t **which);

/* Writes the spans of the line that match, from left to right; of the texts that begin at one position the first of the
 * list counts. Writes nothing unless all patterns are plain texts, because Hyperscan reports only the end of a match.
 * Returns PLUG_OK or an error. */
int32_t search_line_for_places(searcher *searcher, const uint8_t *data, size_t len, plug_sink *out);

/* The largest piece in bytes. A piece is several whole lines, or a single line of any length. */
enum { PIECE = 64 << 10 };

/* Returns the end of the first piece of data[len]. len is at least 1. */
size_t piece_end(const uint8_t *data, size_t len);

/* Searches one piece. Sets *lines to the lines that match, ascending, valid until the next search. Returns their
 * number, or an error. */
int64_t search_piece(searcher *searcher, const uint8_t *data, size_t len, const plug_span **lines);

#endif
