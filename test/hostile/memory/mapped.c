/* Memory that the process maps for itself. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ways.h"

#define STEP ((size_t)4 << 20)
#define READ_WRITE (PROT_READ | PROT_WRITE)

static void *map(size_t size, int protection, int flags) {
  void *at = mmap(NULL, size, protection, flags | MAP_ANONYMOUS, -1, 0);
  return at == MAP_FAILED ? NULL : at;
}

static void by_malloc(const scene *at) {
  for (size_t taken = 0; taken < at->most; taken += STEP) {
    void *memory = malloc(STEP);
    if (!memory) return;
    touch(memory, STEP);
  }
}

static void by_small_malloc(const scene *at) {
  for (size_t taken = 0; taken < at->most; taken += 64) {
    void *memory = malloc(48);
    if (!memory) return;
    memset(memory, 1, 48);
  }
}

static void by_break(const scene *at) {
  for (size_t taken = 0; taken < at->most; taken += STEP) {
    void *memory = sbrk((intptr_t)STEP);
    if (memory == (void *)-1) return;
    touch(memory, STEP);
  }
}

static void map_by(const scene *at, int flags) {
  for (size_t taken = 0; taken < at->most; taken += STEP) {
    void *memory = map(STEP, READ_WRITE, flags);
    if (!memory) return;
    touch(memory, STEP);
  }
}
static void by_map(const scene *at) { map_by(at, MAP_PRIVATE); }
static void by_map_without_reserve(const scene *at) { map_by(at, MAP_PRIVATE | MAP_NORESERVE); }
static void by_map_populated(const scene *at) { map_by(at, MAP_PRIVATE | MAP_POPULATE); }
static void by_map_growing(const scene *at) { map_by(at, MAP_PRIVATE | MAP_GROWSDOWN); }
static void by_map_shared(const scene *at) { map_by(at, MAP_SHARED); }

/* Reserves as much address space as possible. */
static char *reserve(size_t *size) {
  for (; *size >= STEP; *size -= STEP) {
    char *memory = map(*size, PROT_NONE, MAP_PRIVATE | MAP_NORESERVE);
    if (memory) return memory;
  }
  return NULL;
}

/* Maps over an existing mapping: the kernel counts the replaced part as freed. */
static void by_map_fixed(const scene *at) {
  size_t size = at->most;
  char *const room = reserve(&size);
  if (!room) return;
  void *memory = mmap(room, size, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  if (memory != MAP_FAILED) touch(memory, size);
}

static void by_protection(const scene *at) {
  size_t size = at->most;
  char *const memory = reserve(&size);
  for (size_t taken = 0; memory && taken < size; taken += STEP) {
    if (mprotect(memory + taken, STEP, READ_WRITE) != 0) return;
    touch(memory + taken, STEP);
  }
}

/* A mapping that grows downwards by itself, far from everything else. */
static void by_growth(const scene *at) {
  struct rlimit limit;
  getrlimit(RLIMIT_STACK, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_STACK, &limit);
  size_t size = at->most + STEP;
  char *const room = reserve(&size);
  if (!room) return;
  munmap(room, size);
  char *const top =
      mmap(room + size - 65536, 65536, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
  if (top == MAP_FAILED) return;
  for (char *byte = top; byte > room + STEP; byte -= 4096) *(volatile char *)byte = 1;
}

__attribute__((noinline)) static void deeper(size_t left) {
  volatile char frame[65536];
  for (size_t i = 0; i < sizeof frame; i += 4096) frame[i] = (char)left;
  if (left > sizeof frame) deeper(left - sizeof frame);
  frame[0] = 0;
}
static void by_stack(const scene *at) {
  struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
  if (setrlimit(RLIMIT_STACK, &limit) != 0) {
    getrlimit(RLIMIT_STACK, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_STACK, &limit);
  }
  deeper(at->most);
}

/* The lower half of the address of the limit is zero. */
static void by_stack_of_half(const scene *at) {
  struct rlimit *limit =
      mmap((void *)0x700000000000, 4096, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
  if (limit == MAP_FAILED) return;
  syscall(SYS_prlimit64, 0, RLIMIT_STACK, NULL, limit);
  limit->rlim_cur = limit->rlim_max;
  syscall(SYS_prlimit64, 0, RLIMIT_STACK, limit, NULL);
  deeper(at->most);
}

static void by_moving(const scene *at) {
  size_t size = STEP;
  char *memory = map(size, READ_WRITE, MAP_PRIVATE);
  while (memory && size < at->most) {
    char *const larger = mremap(memory, size, 2 * size, MREMAP_MAYMOVE);
    if (larger == MAP_FAILED) return;
    memory = larger;
    touch(memory + size, size);
    size *= 2;
  }
}

/* Maps the plugin's own file many times, and writes to the private copies. */
static void by_copies_of_a_file(const scene *at) {
  Dl_info self;
  struct stat facts;
  if (dladdr((void *)(uintptr_t)find_way, &self) == 0) return;
  const int file = open(self.dli_fname, O_RDONLY);
  if (file < 0 || fstat(file, &facts) != 0) return;
  const size_t size = ((size_t)facts.st_size + 4095) / 4096 * 4096;
  for (size_t taken = 0; taken < at->most; taken += size) {
    char *const memory = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    if (memory == MAP_FAILED || mprotect(memory, size, READ_WRITE) != 0) return;
    touch(memory, size);
  }
}

/* Page tables only: reads one byte in every 2 MiB of as much address space as possible. */
static void by_tables(const scene *at) {
  const size_t reach = (size_t)2 << 20;
  size_t size = at->most / 4096 * reach;
  for (; size >= STEP; size /= 2) {
    const volatile char *memory = map(size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE);
    if (!memory) continue;
    for (size_t i = 0; i < size; i += reach) (void)memory[i];
    return;
  }
}

/* Single pages far apart, each with page tables of its own. */
static void by_sparse_pages(const scene *at) {
  char *place = (char *)0x100000000000;
  for (size_t taken = 0; taken < at->most; taken += 3 * 4096, place += (size_t)1 << 30) {
    void *page = mmap(place, 4096, READ_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (page == MAP_FAILED) return;
    touch(page, 4096);
  }
}

static void by_huge_pages(const scene *at) {
  const size_t size = (size_t)32 << 20;
  for (size_t taken = 0; taken < at->most; taken += size) {
    char *memory = map(size, READ_WRITE, MAP_PRIVATE | MAP_NORESERVE);
    if (!memory) return;
    madvise(memory, size, MADV_HUGEPAGE);
    touch(memory, size);
  }
}

const way mapped_ways[] = {{"malloc", by_malloc},
                           {"small-malloc", by_small_malloc},
                           {"break", by_break},
                           {"map", by_map},
                           {"map-without-reserve", by_map_without_reserve},
                           {"map-populated", by_map_populated},
                           {"map-growing", by_map_growing},
                           {"map-shared", by_map_shared},
                           {"map-fixed", by_map_fixed},
                           {"protection", by_protection},
                           {"growth", by_growth},
                           {"stack", by_stack},
                           {"stack-of-half", by_stack_of_half},
                           {"moving", by_moving},
                           {"copies-of-a-file", by_copies_of_a_file},
                           {"tables", by_tables},
                           {"sparse-pages", by_sparse_pages},
                           {"huge-pages", by_huge_pages},
                           {0}};
