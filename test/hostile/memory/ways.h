/* Ways to take memory, by name. */
#ifndef HOSTILE_MEMORY_WAYS_H
#define HOSTILE_MEMORY_WAYS_H

#define _GNU_SOURCE
#include <plughost/plughost.h>
#include <stdatomic.h>
#include <stddef.h>

typedef struct scene {
  const plug_host *host; /* null in a constructor */
  size_t most;           /* bytes to take at most, so that the machine survives a missing limit */
} scene;

typedef struct way {
  const char *name;
  /* Takes as much memory as it can and keeps it. */
  void (*take)(const scene *at);
} way;

/* Lists by theme; an empty entry ends each. */
extern const way mapped_ways[], shared_ways[], helper_ways[];

/* Number of threads that have not taken their part yet. */
extern _Atomic int takers_behind;

const way *find_way(const char *name);

/* Writes to each page, which allocates it. */
void touch(void *memory, size_t size);
/* Reads each page, which allocates it in a memfd where nothing was written. */
void look_at(const void *memory, size_t size);

#endif
