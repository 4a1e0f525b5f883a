/* Drops the pages of files from the page cache, so that the next reader reads them from the disk. Fails if more than
 * one page in a hundred stays: on a file system in memory, or while another process maps the file. Usage: drop-pages
 * FILE-OR-FOLDER */
#define _GNU_SOURCE
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static size_t pages, kept;

/* Counts the pages of an open file that are in the cache. Returns 0, or -1 with errno set. */
static int count_kept(int file, size_t size) {
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  const size_t count = (size + page - 1) / page;
  void *const mapping = mmap(NULL, size, PROT_READ, MAP_SHARED, file, 0);
  if (mapping == MAP_FAILED) return -1;
  unsigned char *const in_cache = malloc(count);
  const int result = in_cache ? mincore(mapping, size, in_cache) : -1;
  if (result == 0) {
    pages += count;
    for (size_t i = 0; i < count; i++) kept += in_cache[i] & 1;
  }
  free(in_cache);
  munmap(mapping, size);
  return result;
}

static int drop(const char *path, const struct stat *status, int type, struct FTW *place) {
  (void)place;
  if (type != FTW_F || status->st_size == 0) return 0;
  const int file = open(path, O_RDONLY);
  /* A page that is not on the disk yet cannot be dropped. */
  const int failed = file < 0 || fdatasync(file) != 0 || posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) != 0 ||
                     count_kept(file, (size_t)status->st_size) != 0;
  if (failed) perror(path);
  if (file >= 0) close(file);
  return failed;
}

int main(int argc, char **argv) {
  if (argc != 2) return fprintf(stderr, "usage: drop-pages FILE-OR-FOLDER\n"), 2;
  if (nftw(argv[1], drop, 16, FTW_PHYS) != 0) return 2;
  if (kept <= pages / 100) return 0;
  fprintf(stderr, "%s: %zu of %zu pages stay in the cache\n", argv[1], kept, pages);
  return 1;
}
