/* The findings in a line: ranges of its bytes, each with a kind. */
#ifndef REDACT_HITS_H
#define REDACT_HITS_H

#include <stddef.h>
#include <stdlib.h>

typedef enum kind { IPV4, IPV6, EMAIL, TOKEN, SECRET, CARD, KINDS } kind;

typedef struct hit {
  size_t begin;
  size_t end;
  /* The range of a quote that is copied before and after the replacement. Its length is 0 if no quote is needed, or if
   * `level` says which quote to write: the quote of a string that is nested so deep, 1 for the outermost. */
  size_t quote;
  size_t quote_len;
  unsigned level;
  kind kind;
} hit;

typedef struct hits {
  hit *items;
  size_t count;
  size_t capacity;
  int unsorted;
  int no_memory; /* a hit could not be added */
} hits;

/* Orders hits by start, then the longest first, then by kind. */
static inline int comes_before(const hit *a, const hit *b) {
  if (a->begin != b->begin) return a->begin < b->begin;
  if (a->end != b->end) return a->end > b->end;
  return a->kind < b->kind;
}

static inline void clear_hits(hits *hits) {
  hits->count = 0;
  hits->unsorted = hits->no_memory = 0;
}

static inline void add_hit(hits *hits, hit added) {
  if (hits->count == hits->capacity) {
    const size_t capacity = hits->capacity ? 2 * hits->capacity : 64;
    hit *const items = realloc(hits->items, capacity * sizeof *items);
    if (!items) {
      hits->no_memory = 1;
      return;
    }
    hits->items = items;
    hits->capacity = capacity;
  }
  if (hits->count > 0 && comes_before(&added, &hits->items[hits->count - 1])) hits->unsorted = 1;
  hits->items[hits->count++] = added;
}

static inline int compare_hits(const void *a, const void *b) { return comes_before(b, a) - comes_before(a, b); }

/* Sorts the hits, and merges those that overlap into one with the kind of the first. */
static inline void merge_hits(hits *hits) {
  if (hits->unsorted) qsort(hits->items, hits->count, sizeof *hits->items, compare_hits);
  hits->unsorted = 0;
  size_t last = 0;
  for (size_t i = 1; i < hits->count; i++) {
    const hit next = hits->items[i];
    hit *const before = &hits->items[last];
    if (next.begin >= before->end) {
      hits->items[++last] = next;
      continue;
    }
    if (next.end > before->end) before->end = next.end;
    if (before->begin == next.begin && before->quote_len == 0) {
      before->quote = next.quote;
      before->quote_len = next.quote_len;
      if (next.level > before->level) before->level = next.level;
    }
  }
  if (hits->count > 0) hits->count = last + 1;
}

#endif
