/* Runs a program and writes what it took to a file: nanoseconds of wall time, microseconds of processor time (user and
 * system, with that of the processes it waited for), KiB of peak memory, and its status. Wall time starts before the
 * program and ends after it, so nothing of Node is in it. Usage: timed FIGURES PROGRAM [ARGUMENT]... */
#define _GNU_SOURCE
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t microseconds(struct timeval time) { return time.tv_sec * INT64_C(1000000) + time.tv_usec; }

int main(int argc, char **argv) {
  if (argc < 3) return fprintf(stderr, "usage: timed FIGURES PROGRAM [ARGUMENT]...\n"), 2;
  pid_t child;
  const int64_t start = now();
  const int error = posix_spawnp(&child, argv[2], NULL, NULL, argv + 2, environ);
  if (error != 0) return fprintf(stderr, "timed: %s: %s\n", argv[2], strerror(error)), 127;
  int ended;
  struct rusage usage;
  if (wait4(child, &ended, 0, &usage) != child) return perror("timed: wait4"), 127;
  const int64_t wall = now() - start;
  const int status = WIFEXITED(ended) ? WEXITSTATUS(ended) : 128 + WTERMSIG(ended);
  FILE *const figures = fopen(argv[1], "w");
  if (!figures) return perror("timed: the file of figures"), 127;
  fprintf(figures, "%lld %lld %lld %ld %d\n", (long long)wall, (long long)microseconds(usage.ru_utime),
          (long long)microseconds(usage.ru_stime), usage.ru_maxrss, status);
  return fclose(figures) == 0 ? 0 : 127;
}
