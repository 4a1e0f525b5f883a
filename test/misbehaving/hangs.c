/* Calls that do not return. */
#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "fault.h"

static volatile int forever = 1;

static void loop(const scene *at) {
  (void)at;
  while (forever) {
  }
}

static void deadlock(const scene *at) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  (void)at, pthread_mutex_lock(&mutex), pthread_mutex_lock(&mutex);
}

static void sleep_forever(const scene *at) {
  (void)at;
  for (;;) sleep(1000);
}

static void stop_itself(const scene *at) {
  (void)at, kill(getpid(), SIGSTOP);
  for (;;) sleep(1000);
}

static void deaf_loop(const scene *at) {
  (void)at;
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, NULL);
  while (forever) {
  }
}

static void on_segv(int number) {
  (void)number;
  while (forever) {
  }
}
static void looping_handler(const scene *at) {
  (void)at;
  signal(SIGSEGV, on_segv);
  *HIDDEN((volatile int *)8) = 1;
}

const fault hang_faults[] = {{"loop", loop},
                             {"deadlock", deadlock},
                             {"sleep", sleep_forever},
                             {"stop-itself", stop_itself},
                             {"deaf-loop", deaf_loop},
                             {"looping-handler", looping_handler},
                             {0}};
