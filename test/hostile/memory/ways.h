/* Ways to take memory, by name. */
#ifndef HOSTILE_MEMORY_WAYS_H
#define HOSTILE_MEMORY_WAYS_H

#define _GNU_SOURCE
#include <plughost/plughost.h>
#include <stdatomic.h>
#include <stddef.h>

typedef struct scene {
  const plug_host *host; /* null in a constructor */
  size_t most;           /* bytes: more is not taken, so that a machine survives when there is no limit */
} scene;

typedef struct way {
  const char *name;
  /* Takes what it can get and keeps it. */
  void (*take)(const scene *at);
} way;

/* By theme; each ends with an empty one. */
extern const way mapped_ways[], shared_ways[], helper_ways[];

/* Threads that have not taken their part yet. */
extern _Atomic int takers_behind;

const way *find_way(const char *name);

/* Writes to each page, and so takes it. */
void touch(void *memory, size_t size);
/* Reads of each page, which takes it where it is of a file in memory that has none there. */
void look_at(const void *memory, size_t size);

#endif
