/* Ways to read a file, each with one look at every byte. Usage: read-ways WAY KIB FILE
 *   pread        positional reads into one aligned buffer of KIB
 *   sequential   the same after posix_fadvise(POSIX_FADV_SEQUENTIAL)
 *   uring        reads of KIB by io_uring into four buffers, so that three are under way while one is looked at
 *   map          one mapping of the whole file; KIB is ignored
 *   windows      a mapping of KIB at a time
 *   populate     the same with MAP_POPULATE */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { DEPTH = 4 };

static uint64_t sum;

static void look(const void *data, size_t size) {
  const uint64_t *words = data;
  uint64_t here = 0;
  for (size_t i = 0; i < size / sizeof *words; i++) here += words[i];
  sum += here;
}

static void *check(void *pages, const char *what) {
  if (pages != MAP_FAILED) return pages;
  perror(what);
  exit(2);
}

static void *memory(size_t size) {
  return check(mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), "mmap");
}

static void by_pread(int file, size_t block) {
  void *const buffer = memory(block);
  ssize_t got;
  for (off_t offset = 0; (got = pread(file, buffer, block, offset)) > 0; offset += got) look(buffer, (size_t)got);
}

static void by_windows(int file, size_t block, size_t size, int flags) {
  for (size_t offset = 0; offset < size; offset += block) {
    const size_t here = size - offset < block ? size - offset : block;
    void *const window = check(mmap(NULL, here, PROT_READ, MAP_SHARED | flags, file, (off_t)offset), "mmap a window");
    look(window, here);
    munmap(window, here);
  }
}

static void by_uring(int file, size_t block, size_t size) {
  struct io_uring_params params = {0};
  const int ring = (int)syscall(SYS_io_uring_setup, DEPTH, &params);
  if (ring < 0) {
    perror("io_uring_setup");
    exit(2);
  }
  const size_t rings = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  char *const shared = check(mmap(NULL, rings, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING), "rings");
  struct io_uring_sqe *const entries =
      check(mmap(NULL, params.sq_entries * sizeof *entries, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES),
            "entries");
  _Atomic unsigned *const asked = (_Atomic unsigned *)(shared + params.sq_off.tail);
  _Atomic unsigned *const seen = (_Atomic unsigned *)(shared + params.cq_off.head);
  _Atomic unsigned *const done = (_Atomic unsigned *)(shared + params.cq_off.tail);
  unsigned *const order = (unsigned *)(shared + params.sq_off.array);
  const struct io_uring_cqe *const results = (const struct io_uring_cqe *)(shared + params.cq_off.cqes);
  char *const buffers = memory(DEPTH * block);
  size_t offset = 0;
  unsigned under_way = 0;
  unsigned to_submit = 0;
  unsigned free_buffers[DEPTH] = {0, 1, 2, 3};
  for (;;) {
    while (under_way < DEPTH && offset < size) {
      const unsigned buffer = free_buffers[DEPTH - 1 - under_way];
      const unsigned at = *asked % params.sq_entries;
      entries[at] = (struct io_uring_sqe){.opcode = IORING_OP_READ,
                                          .fd = file,
                                          .off = offset,
                                          .addr = (uintptr_t)(buffers + buffer * block),
                                          .len = (unsigned)block,
                                          .user_data = buffer};
      order[at] = at;
      *asked += 1;
      offset += block;
      under_way++;
      to_submit++;
    }
    if (under_way == 0) return;
    if (syscall(SYS_io_uring_enter, ring, to_submit, 1, IORING_ENTER_GETEVENTS, NULL, 0) < 0) {
      perror("io_uring_enter");
      exit(2);
    }
    to_submit = 0;
    while (*seen != *done) {
      const struct io_uring_cqe result = results[*seen % params.cq_entries];
      *seen += 1;
      if (result.res < 0) {
        fprintf(stderr, "read: %s\n", strerror(-result.res));
        exit(2);
      }
      look(buffers + result.user_data * block, (size_t)result.res);
      under_way--;
      free_buffers[DEPTH - 1 - under_way] = (unsigned)result.user_data;
    }
  }
}

int main(int argc, char **argv) {
  struct stat status;
  const int file = argc == 4 ? open(argv[3], O_RDONLY) : -1;
  if (file < 0 || fstat(file, &status) < 0) return perror("read-ways"), 2;
  const char *const way = argv[1];
  const size_t block = strtoul(argv[2], NULL, 10) << 10;
  const size_t size = (size_t)status.st_size;
  if (strcmp(way, "sequential") == 0) posix_fadvise(file, 0, 0, POSIX_FADV_SEQUENTIAL);
  if (strcmp(way, "pread") == 0 || strcmp(way, "sequential") == 0)
    by_pread(file, block);
  else if (strcmp(way, "uring") == 0)
    by_uring(file, block, size);
  else if (strcmp(way, "map") == 0)
    by_windows(file, size, size, 0);
  else if (strcmp(way, "windows") == 0)
    by_windows(file, block, size, 0);
  else if (strcmp(way, "populate") == 0)
    by_windows(file, block, size, MAP_POPULATE);
  else
    return fprintf(stderr, "read-ways: there is no way %s\n", way), 2;
  /* So that the sum is needed. */
  return fprintf(stderr, "%s", sum == 1 ? "\n" : "") < 0;
}
