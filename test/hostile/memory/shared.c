/* Memory that the process shares with its host, which keeps it when the process has ended. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "ways.h"

/* The beginning of the runner's Channel, which plug_host leads to. */
typedef struct memory {
  char *data;
  size_t size;
} memory;
typedef struct channel {
  const void *head, *results;
  memory requests, payloads[2], answers, blocks;
} channel;

static const channel *channel_of(const scene *at) { return at->host ? (const channel *)at->host->self : NULL; }
static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* The part of the results that the host needs in order to start the plugin. */
#define HEAD ((size_t)1 << 20)

static void by_answers(const scene *at) {
  const channel *const all = channel_of(at);
  if (all && all->answers.size > HEAD) touch(all->answers.data + HEAD, least(at->most, all->answers.size - HEAD));
}

/* Unmaps the pages, which stay in the file. */
static void by_answers_let_go(const scene *at) {
  const channel *const all = channel_of(at);
  if (!all) return;
  const size_t step = (size_t)4 << 20;
  for (size_t taken = HEAD; taken + step < all->answers.size && taken < at->most; taken += step) {
    touch(all->answers.data + taken, step);
    madvise(all->answers.data + taken, step, MADV_DONTNEED);
  }
}

static void by_huge_answers(const scene *at) {
  const channel *const all = channel_of(at);
  if (!all) return;
  madvise(all->answers.data, all->answers.size, MADV_HUGEPAGE);
  by_answers(at);
}

/* Reading a page that was never written allocates it. */
static void by_payloads(const scene *at) {
  const channel *const all = channel_of(at);
  for (int i = 0; all && i < 2; i++) look_at(all->payloads[i].data, least(at->most / 2, all->payloads[i].size));
}

static void by_huge_payloads(const scene *at) {
  const channel *const all = channel_of(at);
  for (int i = 0; all && i < 2; i++) madvise(all->payloads[i].data, all->payloads[i].size, MADV_HUGEPAGE);
  by_payloads(at);
}

static void by_blocks(const scene *at) {
  const channel *const all = channel_of(at);
  if (all) look_at(all->blocks.data, least(at->most, all->blocks.size));
}

const way shared_ways[] = {{"answers", by_answers},
                           {"answers-let-go", by_answers_let_go},
                           {"huge-answers", by_huge_answers},
                           {"payloads", by_payloads},
                           {"huge-payloads", by_huge_payloads},
                           {"blocks", by_blocks},
                           {0}};
