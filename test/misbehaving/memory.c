/* Wrong addresses, and errors that the allocator notices. */
#include <alloca.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "fault.h"

struct header {
  int kind, length;
};

__attribute__((noinline)) static void parse_header(const struct header *header) {
  volatile int length = HIDDEN(header)->length;
  (void)length;
}

static void null_read(const scene *at) { (void)at, parse_header(NULL); }
static void null_write(const scene *at) { (void)at, *HIDDEN((volatile int *)16) = 1; }

/*
 * Linux places nothing at this address by itself: programs and their heaps are above it, and so are libraries and
 * stacks. An address among the stacks (0x7ffc00000000 and above) can be read in one process of 2,000.
 */
static void wild_read(const scene *at) { (void)at, parse_header((const struct header *)0x500000000000); }

static void call_null(const scene *at) { (void)at, HIDDEN((void (*)(void))0)(); }

static void call_data(const scene *at) {
  static uint8_t data[64] = {0xc3};
  (void)at;
  void (*function)(void);
  void *address = data;
  memcpy(&function, &address, sizeof function);
  HIDDEN(function)();
}

__attribute__((noinline)) static int recurse(volatile int *depth) {
  volatile char frame[512];
  frame[0] = (char)++*depth;
  return recurse(depth) + frame[0];
}
static void stack_overflow(const scene *at) {
  volatile int depth = 0;
  (void)at, recurse(&depth);
}

static void big_alloca(const scene *at) {
  (void)at;
  volatile char *room = alloca(HIDDEN((size_t)64 << 20));
  room[0] = 1;
}

static void double_free(const scene *at) {
  (void)at;
  void *memory = malloc(HIDDEN((size_t)4000));
  free(memory);
  free(HIDDEN(memory));
}

static void free_of_stack(const scene *at) {
  /* Overwrites the size of a chunk with zeros, which the allocator refuses. */
  static const volatile size_t size = 0;
  _Alignas(16) volatile size_t on_stack[8];
  for (int i = 0; i < 8; i++) on_stack[i] = size;
  (void)at;
  free(HIDDEN((void *)(on_stack + 2)));
}

static void heap_overflow(const scene *at) {
  (void)at;
  char *memory = HIDDEN(malloc(24)), *next = HIDDEN(malloc(2000)), *last = HIDDEN(malloc(24));
  for (volatile int i = 0; i < 64; i++) memory[i] = 0x41;
  free(HIDDEN(next));
  free(HIDDEN(last));
  free(HIDDEN(memory));
}

static void guard_page(const scene *at) {
  (void)at;
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(pages + 4096, 4096, PROT_NONE);
  for (volatile int i = 0; i < 8192; i++) HIDDEN(pages)[i] = 1;
}

static void write_to_constant(const scene *at) {
  static const char constant[] = "constant";
  (void)at, HIDDEN((char *)constant)[0] = 'k';
}

/* Writes to the lines, which the plugin may only read. */
static void write_to_line(const scene *at) {
  if (at->line) memset(HIDDEN((uint8_t *)at->line), 'X', at->len);
}

static void read_behind_everything(const scene *at) {
  volatile uint8_t sum = 0;
  for (const uint8_t *byte = at->line; byte; byte += 4096) sum += *HIDDEN(byte);
}

static void unaligned_vector(const scene *at) {
  (void)at;
#if defined(__x86_64__)
  static uint8_t bytes[64];
  __asm__ volatile("movaps (%0), %%xmm0" : : "r"(bytes + 1) : "xmm0", "memory");
#else
  __builtin_trap();
#endif
}

/* Writes before or after the spans of scan, into memory of the host. */
static void write_behind_spans(const scene *at) {
  if (!at->spans) __builtin_trap();
  for (uint64_t i = 0;; i++) HIDDEN(at->spans)[i] = (plug_span){0xffffffff, 0xffffffff};
}

const fault memory_faults[] = {{"null-read", null_read},
                               {"null-write", null_write},
                               {"wild-read", wild_read},
                               {"call-null", call_null},
                               {"call-data", call_data},
                               {"stack-overflow", stack_overflow},
                               {"big-alloca", big_alloca},
                               {"double-free", double_free},
                               {"free-of-stack", free_of_stack},
                               {"heap-overflow", heap_overflow},
                               {"guard-page", guard_page},
                               {"write-to-constant", write_to_constant},
                               {"write-to-line", write_to_line},
                               {"read-behind-everything", read_behind_everything},
                               {"unaligned-vector", unaligned_vector},
                               {"write-behind-spans", write_behind_spans},
                               {0}};
