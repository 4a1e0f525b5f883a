/* Hyperscan as bare as it goes: blocks of a mebibyte, positional reads, one thread, the lines of matches to standard
 * output. Usage: hyperscan FILE PATTERN..., or hyperscan FILE -f FILE-OF-LITERALS */
#define _GNU_SOURCE
#include <fcntl.h>
#include <hs/hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BLOCK = 1 << 20, MAX = 100000 };

static const char *block;
static size_t block_len, shown;

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context) {
  (void)id, (void)from, (void)flags, (void)context;
  if (to <= shown) return 0;
  const char *const begin = memrchr(block, '\n', to > 0 ? to - 1 : 0);
  const char *const end = memchr(block + to, '\n', block_len - to);
  const size_t first = begin ? (size_t)(begin - block) + 1 : 0;
  const size_t last = end ? (size_t)(end - block) + 1 : block_len;
  fwrite(block + first, 1, last - first, stdout);
  shown = last;
  return 0;
}

int main(int argc, char **argv) {
  static const char *patterns[MAX];
  static unsigned flags[MAX], ids[MAX];
  unsigned count = 0;
  const int literal = argc == 4 && strcmp(argv[2], "-f") == 0;
  if (literal) {
    FILE *file = fopen(argv[3], "r");
    char *line = NULL;
    size_t room = 0;
    ssize_t len;
    while (file && count < MAX && (len = getline(&line, &room, file)) > 0) {
      if (line[len - 1] == '\n') line[len - 1] = 0;
      patterns[count++] = strdup(line);
    }
  } else {
    for (int i = 2; i < argc; i++) patterns[count++] = argv[i];
  }
  for (unsigned i = 0; i < count; i++) flags[i] = HS_FLAG_MULTILINE, ids[i] = i;
  hs_database_t *database;
  hs_compile_error_t *error;
  hs_scratch_t *scratch = NULL;
  if (hs_compile_multi(patterns, flags, ids, count, HS_MODE_BLOCK, NULL, &database, &error) != HS_SUCCESS ||
      hs_alloc_scratch(database, &scratch) != HS_SUCCESS)
    return 2;

  const int fd = open(argv[1], O_RDONLY);
  char *const buffer = mmap(NULL, 2 * BLOCK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  static char room[BLOCK];
  setvbuf(stdout, room, _IOFBF, sizeof room);
  off_t offset = 0;
  for (ssize_t got; (got = pread(fd, buffer, BLOCK, offset)) > 0;) {
    const char *const newline = got == BLOCK ? memrchr(buffer, '\n', (size_t)got) : NULL;
    block = buffer;
    block_len = newline ? (size_t)(newline - buffer) + 1 : (size_t)got;
    shown = 0;
    hs_scan(database, block, (unsigned)block_len, 0, scratch, on_match, NULL);
    offset += (off_t)block_len;
  }
  return fflush(stdout) == 0 ? 0 : 2;
}
