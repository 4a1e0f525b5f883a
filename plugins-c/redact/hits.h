/* What was found in a line: ranges of it, each of a kind. */
#ifndef REDACT_HITS_H
#define REDACT_HITS_H

#include <stddef.h>
#include <stdlib.h>

typedef enum kind { IPV4, IPV6, EMAIL, TOKEN, SECRET, CARD, KINDS } kind;

typedef struct hit {
  size_t begin;
  size_t end;
  kind kind;
} hit;

/* Sorted by begin; of those that begin together the longest comes first, then by kind. */
typedef struct hits {
  hit *items;
  size_t count;
  size_t capacity;
  int no_memory; /* one could not be added */
} hits;

static inline int comes_before(hit a, hit b) {
  if (a.begin != b.begin) return a.begin < b.begin;
  if (a.end != b.end) return a.end > b.end;
  return a.kind < b.kind;
}

static inline void add_hit(hits *hits, size_t begin, size_t end, kind kind) {
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
  /* They come nearly sorted. */
  const hit added = {begin, end, kind};
  size_t place = hits->count++;
  for (; place > 0 && comes_before(added, hits->items[place - 1]); place--) hits->items[place] = hits->items[place - 1];
  hits->items[place] = added;
}

/* Makes one of those that overlap, of the kind of the first. */
static inline void merge_hits(hits *hits) {
  size_t last = 0;
  for (size_t i = 1; i < hits->count; i++) {
    const hit next = hits->items[i];
    if (next.begin >= hits->items[last].end) {
      hits->items[++last] = next;
    } else if (next.end > hits->items[last].end) {
      hits->items[last].end = next.end;
    }
  }
  if (hits->count > 0) hits->count = last + 1;
}

#endif
