/* The registers of a group. Each holds the highest rank of the hashes that belong to it: 1 and how many zeros a hash
 * begins with, after the 14 bits that are the index of its register.
 *
 * Few registers are a sorted list, and many are an array. */
#ifndef DISTINCT_REGISTERS_H
#define DISTINCT_REGISTERS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
  INDEX_BITS = 14,
  REGISTERS = 1 << INDEX_BITS,
  RANK_MAX = 64 - INDEX_BITS + 1,
  LIST_MAX = 512, /* registers in a list */
};

/* An entry of a list is index * 64 + rank. */
enum { ENTRY_SHIFT = 6, ENTRY_RANK = (1 << ENTRY_SHIFT) - 1 };

typedef struct registers {
  union {
    uint32_t *list; /* ascending; null: there are none */
    uint8_t *all;   /* the rank of each; 0: it is empty */
  };
  uint16_t used; /* entries of the list */
  uint16_t room;
  uint8_t is_array;
} registers;

static inline void free_registers(registers *self) { free(self->list); }

/* Makes an array of a list. Returns 0 if there is no memory. */
static inline int spread_registers(registers *self, uint64_t *memory) {
  uint8_t *const all = calloc(REGISTERS, 1);
  if (!all) return 0;
  for (int i = 0; i < self->used; i++) all[self->list[i] >> ENTRY_SHIFT] = self->list[i] & ENTRY_RANK;
  free(self->list);
  *memory += REGISTERS - self->room * sizeof *self->list;
  self->all = all;
  self->is_array = 1;
  return 1;
}

/* Adds to a list, or makes an array of it. Returns 0 if there is no memory. */
static inline int add_to_list(registers *self, uint32_t index, uint8_t rank, uint64_t *memory) {
  const uint32_t entry = index << ENTRY_SHIFT | rank;
  int begin = 0, end = self->used;
  while (begin < end) {
    const int middle = (begin + end) / 2;
    if (self->list[middle] >> ENTRY_SHIFT < index)
      begin = middle + 1;
    else
      end = middle;
  }
  if (begin < self->used && self->list[begin] >> ENTRY_SHIFT == index) {
    if (self->list[begin] < entry) self->list[begin] = entry;
    return 1;
  }
  if (self->used == LIST_MAX) {
    if (!spread_registers(self, memory)) return 0;
    self->all[index] = rank;
    return 1;
  }
  if (self->used == self->room) {
    const uint16_t room = self->room ? (uint16_t)(self->room * 2) : 4;
    uint32_t *list = realloc(self->list, room * sizeof *list);
    if (!list) return 0;
    *memory += (uint64_t)(room - self->room) * sizeof *list;
    self->list = list;
    self->room = room;
  }
  memmove(self->list + begin + 1, self->list + begin, (size_t)(self->used - begin) * sizeof *self->list);
  self->list[begin] = entry;
  self->used++;
  return 1;
}

/* Raises a register to a rank. Returns 0 if there is no memory. */
static inline int raise_register(registers *self, uint32_t index, uint8_t rank, uint64_t *memory) {
  if (!self->is_array) return add_to_list(self, index, rank, memory);
  /* Without a branch: whether a rank is higher cannot be predicted while there are few values. */
  const uint8_t before = self->all[index];
  self->all[index] = before < rank ? rank : before;
  return 1;
}

/* Returns a register that is not 0, as an entry of a list, at or after *place, and sets *place after it. Returns 0 at
 * the end. */
static inline uint32_t next_register(const registers *self, uint32_t *place) {
  if (!self->is_array) return *place < self->used ? self->list[(*place)++] : 0;
  for (; *place < REGISTERS; (*place)++) {
    if (self->all[*place] == 0) continue;
    const uint32_t entry = *place << ENTRY_SHIFT | self->all[*place];
    (*place)++;
    return entry;
  }
  return 0;
}

/* Counts the registers of each rank from 0 to RANK_MAX. */
static inline void count_ranks(const registers *self, uint32_t *counts) {
  uint32_t place = 0, entry;
  memset(counts, 0, (RANK_MAX + 1) * sizeof *counts);
  counts[0] = REGISTERS;
  while ((entry = next_register(self, &place))) counts[0]--, counts[entry & ENTRY_RANK]++;
}

/* Returns about how many values the registers have seen: the improved raw estimator of O. Ertl, "New cardinality
 * estimation algorithms for HyperLogLog sketches" (2017). It has no tables, and no bias at any number of values. Its
 * correction for registers of the highest rank is left out: they are rare below 2^60 values. */
static inline double estimated_count(const registers *self) {
  uint32_t counts[RANK_MAX + 1];
  count_ranks(self, counts);
  if (counts[0] == REGISTERS) return 0;
  double sum = counts[RANK_MAX] / 2.0;
  for (int rank = RANK_MAX - 1; rank >= 1; rank--) sum = (sum + counts[rank]) / 2;
  /* The share of empty registers is below 1, so the series ends. */
  double power = (double)counts[0] / REGISTERS, factor = 1, series = power, last;
  do {
    power *= power;
    last = series;
    series += power * factor;
    factor *= 2;
  } while (series > last);
  return 0.72134752044448170368 * REGISTERS * REGISTERS / (sum + REGISTERS * series);
}

#endif
