/* Memory held by others: threads, child processes, files, and the host, which stores messages. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ways.h"

#define HELPERS 8

_Atomic int takers_behind;

static void *take_a_part(void *most) {
  find_way("map-fixed")->take(&(scene){NULL, (size_t)(uintptr_t)most / HELPERS});
  find_way("malloc")->take(&(scene){NULL, (size_t)(uintptr_t)most / HELPERS});
  takers_behind--;
  for (;;) pause();
  return NULL;
}

static void by_threads(const scene *at) {
  pthread_t thread;
  for (int i = 0; i < HELPERS; i++) {
    if (pthread_create(&thread, NULL, take_a_part, (void *)(uintptr_t)at->most) != 0) break;
    takers_behind++;
  }
  usleep(300000);
}

/* Takes memory after the call that started the thread has returned. */
static void *take_behind(void *most) {
  usleep(20000);
  find_way("protection")->take(&(scene){NULL, (size_t)(uintptr_t)most});
  takers_behind--;
  for (;;) pause();
  return NULL;
}
static void by_a_thread_behind(const scene *at) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, take_behind, (void *)(uintptr_t)at->most) == 0) takers_behind++;
}

static void by_children(const scene *at) {
  for (int i = 0; i < HELPERS; i++) {
    if (fork() != 0) continue;
    find_way("malloc")->take(&(scene){NULL, at->most / HELPERS});
    for (;;) pause();
  }
  sleep(2);
}

static void by_nameless_files(const scene *at) {
  const size_t step = (size_t)4 << 20;
  char *const bytes = calloc(1, step);
  const int file = memfd_create("taken", 0);
  if (file < 0 || !bytes) return;
  for (size_t taken = 0; taken < at->most; taken += step)
    if (write(file, bytes, step) != (ssize_t)step) return;
  sleep(1);
}

static void by_printing(const scene *at) {
  static char text[1 << 16];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\n';
  for (size_t taken = 0; taken < at->most; taken += sizeof text)
    if (write(STDOUT_FILENO, text, sizeof text) < 0) return;
}

static void by_logging(const scene *at) {
  static char text[4096];
  memset(text, 'x', sizeof text);
  const plug_bytes message = {(const uint8_t *)text, sizeof text};
  for (size_t taken = 0; at->host && taken < at->most; taken += sizeof text)
    at->host->log(at->host, PLUG_LOG_WARNING, message);
}

const way helper_ways[] = {{"threads", by_threads},
                           {"thread-behind", by_a_thread_behind},
                           {"children", by_children},
                           {"nameless-files", by_nameless_files},
                           {"printing", by_printing},
                           {"logging", by_logging},
                           {0}};
