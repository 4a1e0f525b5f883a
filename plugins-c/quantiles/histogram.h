/* A histogram of the numbers of a group. An octave, from 2^n to 2^(n+1), has 64 buckets of equal width, so the bucket
 * of a number is made of bits of the double: no logarithm, and the same on every machine.
 *
 * A bucket has a number: 0 is that of zero, positive numbers ascend from 1 to BUCKETS, and negative ones descend. A
 * small histogram is a sorted list. A large one has a page for each octave in use. */
#ifndef QUANTILES_HISTOGRAM_H
#define QUANTILES_HISTOGRAM_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
  STEPS = 64,                 /* buckets of an octave */
  BUCKET_SHIFT = 46,          /* lower bits of a double, which are all of one bucket */
  OCTAVES = 4096,             /* signs and exponents of doubles */
  BUCKETS = 2047 * STEPS + 1, /* of positive numbers; the last is that of infinity */
  SMALL_MAX = 32,             /* buckets of a small histogram */
};

typedef struct large_histogram {
  uint64_t zeros;
  uint64_t (*pages)[STEPS];
  uint32_t used;
  uint32_t room;
  uint16_t page_of[OCTAVES]; /* 1 and the index of the octave's page; 0: it has none */
} large_histogram;

typedef struct histogram {
  uint64_t count;
  union {
    uint64_t *small; /* counts, and behind the room for them the buckets, ascending; null: it is empty */
    large_histogram *large;
  };
  uint8_t used; /* buckets of a small one */
  uint8_t room;
  uint8_t is_large;
  uint8_t has_fractions; /* whether a number is not whole */
} histogram;

/* Returns the number of a bucket with the bits of one of its numbers. */
static inline int32_t bucket_of(uint64_t bits) {
  if (bits << 1 == 0) return 0;
  const int32_t place = (int32_t)(bits << 1 >> (BUCKET_SHIFT + 1)) + 1;
  return bits >> 63 ? -place : place;
}

/* Returns the lowest bits of the bucket of positive numbers. */
static inline uint64_t bits_of_bucket(int32_t positive) { return (uint64_t)(positive - 1) << BUCKET_SHIFT; }

/* Adds to the page of an octave, which is the highest 12 bits of a double. Returns 0 if there is no memory. */
static inline int add_to_page(large_histogram *self, uint64_t bits, uint64_t count, uint64_t *memory) {
  const uint32_t octave = (uint32_t)(bits >> 52);
  if (self->page_of[octave] == 0) {
    if (self->used == self->room) {
      const uint32_t room = self->room < 8 ? 8 : self->room * 2;
      void *pages = realloc(self->pages, room * sizeof *self->pages);
      if (!pages) return 0;
      self->pages = pages;
      *memory += (room - self->room) * sizeof *self->pages;
      self->room = room;
    }
    memset(self->pages[self->used], 0, sizeof *self->pages);
    self->page_of[octave] = (uint16_t)++self->used;
  }
  self->pages[self->page_of[octave] - 1][bits >> BUCKET_SHIFT & (STEPS - 1)] += count;
  return 1;
}

/* Adds to a large histogram. Returns 0 if there is no memory. */
static inline int add_to_large(large_histogram *self, int32_t bucket, uint64_t count, uint64_t *memory) {
  if (bucket == 0) {
    self->zeros += count;
    return 1;
  }
  const uint64_t bits = bits_of_bucket(bucket < 0 ? -bucket : bucket);
  return add_to_page(self, bucket < 0 ? bits | UINT64_C(1) << 63 : bits, count, memory);
}

enum { SMALL_ENTRY = sizeof(uint64_t) + sizeof(int32_t) };

/* Returns the buckets of a small histogram. */
static inline int32_t *small_buckets(const histogram *self) { return (int32_t *)(void *)(self->small + self->room); }

static inline void free_histogram(histogram *self) {
  if (self->is_large) free(self->large->pages);
  free(self->small);
}

/* Makes a small histogram large. Returns 0 if there is no memory, and then it is still small. */
static inline int grow_histogram(histogram *self, uint64_t *memory) {
  histogram grown = {.large = calloc(1, sizeof *grown.large), .is_large = 1};
  if (!grown.large) return 0;
  uint64_t taken = sizeof *grown.large;
  for (int i = 0; i < self->used; i++) {
    if (add_to_large(grown.large, small_buckets(self)[i], self->small[i], &taken)) continue;
    free_histogram(&grown);
    return 0;
  }
  free(self->small);
  *memory += taken - (uint64_t)self->room * SMALL_ENTRY;
  self->large = grown.large;
  self->is_large = 1;
  return 1;
}

/* Makes room for more buckets in a small histogram. Returns 0 if there is no memory. */
static inline int widen_histogram(histogram *self, uint64_t *memory) {
  histogram wide = {.room = self->room ? (uint8_t)(self->room * 2) : 4};
  if (!(wide.small = malloc((size_t)wide.room * SMALL_ENTRY))) return 0;
  memset(small_buckets(&wide), 0x7f, wide.room * sizeof(int32_t)); /* above all buckets */
  if (self->used > 0) {
    memcpy(wide.small, self->small, self->used * sizeof(uint64_t));
    memcpy(small_buckets(&wide), small_buckets(self), self->used * sizeof(int32_t));
  }
  free(self->small);
  *memory += (uint64_t)(wide.room - self->room) * SMALL_ENTRY;
  self->small = wide.small;
  self->room = wide.room;
  return 1;
}

/* Adds to a bucket, but not to `count`. Returns 0 if there is no memory. */
static inline int add_to_bucket(histogram *self, int32_t bucket, uint64_t count, uint64_t *memory) {
  if (self->is_large) return add_to_large(self->large, bucket, count, memory);
  const int32_t *const buckets = self->room ? small_buckets(self) : NULL;
  int at = 0;
  for (int i = 0; i < self->room; i++) at += buckets[i] < bucket;
  if (at < self->used && buckets[at] == bucket) {
    self->small[at] += count;
    return 1;
  }
  if (self->used == SMALL_MAX) return grow_histogram(self, memory) && add_to_large(self->large, bucket, count, memory);
  if (self->used == self->room && !widen_histogram(self, memory)) return 0;
  int32_t *const to = small_buckets(self);
  const size_t behind = (size_t)(self->used++ - at);
  memmove(to + at + 1, to + at, behind * sizeof *to);
  memmove(self->small + at + 1, self->small + at, behind * sizeof *self->small);
  to[at] = bucket;
  self->small[at] = count;
  return 1;
}

/* Walks through the buckets that are not empty, in ascending order. */
typedef struct walk {
  const histogram *of;
  int32_t place; /* the next index of a small one, or the next bucket of a large one */
} walk;

static inline walk walk_through(const histogram *of) {
  /* A large one begins with negative infinity. */
  return (walk){of, of->is_large ? -BUCKETS : 0};
}

/* Sets *bucket and *count. Returns 0 at the end. */
static inline int next_bucket(walk *self, int32_t *bucket, uint64_t *count) {
  const histogram *const of = self->of;
  if (!of->is_large) {
    if (self->place == of->used) return 0;
    *bucket = small_buckets(of)[self->place];
    *count = of->small[self->place++];
    return 1;
  }
  while (self->place <= BUCKETS) {
    const int32_t at = self->place;
    const uint64_t bits = at == 0 ? 0 : bits_of_bucket(at < 0 ? -at : at) | (at < 0 ? UINT64_C(1) << 63 : 0);
    const uint32_t page = at == 0 ? 0 : of->large->page_of[bits >> 52];
    const int32_t step = (int32_t)(bits >> BUCKET_SHIFT & (STEPS - 1));
    if (at != 0 && page == 0) {
      /* Over what is left of the octave. */
      self->place += at < 0 ? step + 1 : STEPS - step;
      continue;
    }
    self->place++;
    *bucket = at;
    *count = at == 0 ? of->large->zeros : of->large->pages[page - 1][step];
    if (*count > 0) return 1;
  }
  return 0;
}

#endif
