/* Memory that the runner shares with its host, found as a hostile plugin would find it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

static uint64_t next_random(uint64_t *seed) {
  *seed ^= *seed << 13;
  *seed ^= *seed >> 7;
  return *seed ^= *seed << 17;
}

/* Fills a random part of the results with random bytes, and goes on as if nothing had happened. */
static void scribble(const scene *at) {
  static uint8_t *results;
  static uint64_t size, seed;
  (void)at;
  if (!results) {
    FILE *maps = fopen("/proc/self/maps", "r");
    char line[512];
    while (maps && fgets(line, sizeof line, maps)) {
      unsigned long begin, end;
      if (!strstr(line, "plughost results") || sscanf(line, "%lx-%lx", &begin, &end) != 2) continue;
      results = (uint8_t *)begin;
      size = end - begin;
    }
    if (maps) fclose(maps);
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    seed = (uint64_t)now.tv_nsec * 2654435761u + (uint64_t)getpid() + 1;
  }
  if (!results) abort();
  /* Mostly the head, where everything is that a host looks at. */
  const uint64_t head = size < (256 << 10) ? size : 256 << 10;
  const uint64_t begin = next_random(&seed) % head,
                 length = 1 + next_random(&seed) % (next_random(&seed) % 2 ? 64 : head);
  for (uint64_t i = begin; i < begin + length && i < head; i++) results[i] = (uint8_t)(next_random(&seed) >> 32);
}

/* The same, again and again, while the host looks. */
#include <pthread.h>
static void *scribble_forever(void *unused) {
  for (;;) {
    scribble(NULL);
    if (!unused) usleep(50);
  }
}
static void scribble_meanwhile(const scene *at) {
  static pthread_t thread;
  (void)at;
  if (!thread) pthread_create(&thread, NULL, scribble_forever, NULL);
}

const fault borrowed_faults[] = {{"scribble", scribble}, {"scribble-meanwhile", scribble_meanwhile}, {0}};
