/* Exhausts memory and descriptors. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fault.h"

static void allocate_and_touch(const scene *at) {
  (void)at;
  for (;;) memset(HIDDEN(malloc(1 << 20)), 1, 1 << 20);
}

static void allocate_untouched(const scene *at) {
  (void)at;
  for (;;)
    if (!malloc(64 << 20)) abort();
}

static void map_shared(const scene *at) {
  (void)at;
  for (int i = 0; i < 64; i++) {
    void *pages = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (pages == MAP_FAILED) break;
    memset(pages, 1, 1 << 20);
  }
  abort();
}

static void use_up_descriptors(const scene *at) {
  (void)at;
  for (int i = 0; i < 1 << 20; i++)
    if (open("/dev/null", O_RDONLY) < 0) break;
  abort();
}

static void close_everything(const scene *at) {
  (void)at;
  for (int descriptor = 0; descriptor < 1024; descriptor++) close(descriptor);
  abort();
}

static void replace_descriptors(const scene *at) {
  (void)at;
  const int nothing = open("/dev/null", O_RDWR);
  for (int descriptor = 0; descriptor < 64; descriptor++)
    if (descriptor != nothing) dup2(nothing, descriptor);
  abort();
}

static void no_stack_left(const scene *at) {
  (void)at;
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_STACK, &none);
  setrlimit(RLIMIT_CPU, &none);
  abort();
}

const fault resource_faults[] = {{"allocate-and-touch", allocate_and_touch},
                                 {"allocate-untouched", allocate_untouched},
                                 {"map-shared", map_shared},
                                 {"use-up-descriptors", use_up_descriptors},
                                 {"close-everything", close_everything},
                                 {"replace-descriptors", replace_descriptors},
                                 {"limits", no_stack_left},
                                 {0}};
