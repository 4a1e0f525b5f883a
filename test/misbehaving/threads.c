/* Threads that do harm while, or after, the call that started them runs. */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "fault.h"

static void *crash(void *unused) {
  *HIDDEN((volatile int *)8) = 1;
  return unused;
}
static void *leave(void *unused) {
  exit(0);
  return unused;
}
static void *linger(void *unused) {
  for (;;) sleep(1000);
  return unused;
}

static void start(void *(*body)(void *)) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, body, NULL) != 0) abort();
}

static void thread_that_crashes(const scene *at) { (void)at, start(crash), sleep(10); }
static void thread_that_exits(const scene *at) { (void)at, start(leave), sleep(10); }
static void thread_exit(const scene *at) { (void)at, pthread_exit(NULL); }
static void threads_that_stay(const scene *at) {
  (void)at;
  for (int i = 0; i < 8; i++) start(linger);
  abort();
}

const fault thread_faults[] = {{"thread-that-crashes", thread_that_crashes},
                               {"thread-that-exits", thread_that_exits},
                               {"thread-exit", thread_exit},
                               {"threads-that-stay", threads_that_stay},
                               {0}};
