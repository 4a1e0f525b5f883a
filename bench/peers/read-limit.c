/* What reading alone costs: positional reads of 256 KiB into an aligned buffer, a byte of each cache line touched.
 * Usage: read-limit FILE */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK = 256 << 10, LINE = 64 };

int main(int argc, char **argv) {
  const int fd = open(argv[argc - 1], O_RDONLY);
  const uint8_t *const buffer = mmap(NULL, BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  uint64_t sum = 0;
  off_t offset = 0;
  for (ssize_t got; (got = pread(fd, (void *)buffer, BLOCK, offset)) > 0; offset += got)
    for (ssize_t i = 0; i < got; i += LINE) sum += buffer[i];
  /* So that the sum is needed. */
  return fprintf(stderr, "%s", sum == 1 ? "\n" : "") < 0;
}
