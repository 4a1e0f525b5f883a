/* Accesses to freed memory, past the end of memory, and to memory that is read-only. */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fault.h"

/* Large enough that the allocator maps it from the system and unmaps it when it is freed. */
static void use_after_free(const scene *at) {
  (void)at;
  volatile char *memory = malloc(HIDDEN((size_t)64 << 20));
  free((void *)memory);
  HIDDEN(memory)[1 << 20] = 1;
}

static void smashed_return(const scene *at) {
  (void)at;
  volatile char small[16];
  for (volatile int i = 0; i < 512; i++) HIDDEN(small + 0)[i] = 0x5a;
}

static void negative_copy(const scene *at) {
  static volatile char to[16];
  const size_t length = HIDDEN((size_t)-1);
  for (size_t i = 0; i < length; i++) HIDDEN(to + 0)[i] = (char)at->len;
}

/* Reads past the end of a mapped file. */
static void cut_mapping(const scene *at) {
  (void)at;
  const int file = memfd_create("short", 0);
  if (file < 0) abort();
  const volatile char *page = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  close(file);
  volatile char byte = *HIDDEN(page);
  (void)byte;
}

static void write_before_spans(const scene *at) {
  if (!at->spans) __builtin_trap();
  for (int64_t i = 1;; i++) HIDDEN(at->spans)[-i] = (plug_span){0xffffffff, 0xffffffff};
}

static void write_to_host(const scene *at) {
  memset(HIDDEN((plug_host *)at->host), 0xa5, sizeof *at->host);
  at->host->now_ns(at->host);
}

const fault overrun_faults[] = {{"use-after-free", use_after_free},
                                {"smashed-return", smashed_return},
                                {"negative-copy", negative_copy},
                                {"cut-mapping", cut_mapping},
                                {"write-before-spans", write_before_spans},
                                {"write-to-host", write_to_host},
                                {0}};
