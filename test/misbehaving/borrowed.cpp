// Memory that the runner shares with its host, in the hands of a plugin that knows the protocol.
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <thread>

#include "engine/isolation/futex.hpp"
#include "engine/isolation/wire.hpp"

extern "C" {
#include "fault.h"
}

namespace {

using namespace plughost;
using namespace plughost::isolation;

uint64_t next_random() {
  thread_local uint64_t seed = static_cast<uint64_t>(clock()) * 2654435761u + static_cast<uint64_t>(getpid());
  seed ^= seed << 13;
  seed ^= seed >> 7;
  return seed ^= seed << 17;
}
uint64_t below(uint64_t limit) { return next_random() % limit; }

void fill(void *memory, uint64_t size) {
  for (uint64_t i = 0; i < size; i++) static_cast<volatile uint8_t *>(memory)[i] = static_cast<uint8_t>(below(256));
}

template <typename Head>
Head *mapped(const char *name) {
  FILE *maps = fopen("/proc/self/maps", "r");
  uintptr_t found = 0;
  for (char line[512]; maps && fgets(line, sizeof line, maps);)
    if (strstr(line, name)) sscanf(line, "%" SCNxPTR, &found);
  if (!found) abort();
  fclose(maps);
  return reinterpret_cast<Head *>(found);
}
Results *results() {
  static auto *const memory = mapped<Results>("plughost results");
  return memory;
}
const Requests *requests() {
  static auto *const memory = mapped<const Requests>("plughost requests");
  return memory;
}

// Fills a random part of the results, mostly of what a host looks at first.
void scribble(const scene *) {
  const uint64_t most = below(2) ? offsetof(Results, log) : sizeof(Results);
  const uint64_t begin = below(most);
  fill(reinterpret_cast<uint8_t *>(results()) + begin, std::min(1 + below(below(2) ? 16 : most), most - begin));
}

// The same, again and again, while the host looks.
void scribble_meanwhile(const scene *) {
  static std::thread forever([] {
    for (;; usleep(20)) scribble(nullptr);
  });
}

// A number of which the host must not believe that it fits, and that now and then does.
template <typename Number>
void put_number(Number &number, uint64_t likely) {
  number = static_cast<Number>(below(3) ? below(likely) : next_random());
}

// Ranges that might be lines, or nothing that might be anything.
void fill_answer(uint8_t *answer) {
  fill(answer, 4096);
  if (below(2)) return;
  uint32_t at = 0;
  for (uint64_t i = 0; i < 8; i++) {
    Range range{at, at + static_cast<uint32_t>(below(200)), static_cast<uint32_t>(below(2))};
    memcpy(answer + i * sizeof range, &range, sizeof range);
    at = range.end;
  }
}

// Answers the request in work before the runner does, with what nobody asked for.
void forge(const scene *) {
  const uint64_t current = results()->current;
  for (uint32_t seat = 0; seat < kSlots; seat++) {
    if (requests()->requests[seat].sequence != current) continue;
    Result &result = results()->results[seat];
    fill(reinterpret_cast<uint8_t *>(&result) + sizeof result.sequence, sizeof result - sizeof result.sequence);
    put_number(reinterpret_cast<uint32_t &>(result.outcome), 4);
    put_number(result.ranges, 9);
    put_number(result.origins, 3);
    put_number(result.bytes, 5000);
    put_number(result.message_size, 100);
    const Part answers = requests()->answers;
    fill_answer(reinterpret_cast<uint8_t *>(results()) + answers.offset + seat * (answers.size / kSlots));
    LogSlot &slot = results()->log[results()->logged % kLogRecords];
    fill(&slot, sizeof slot);
    slot.number = results()->logged + 1;
    results()->logged += static_cast<uint32_t>(below(3));
    result.sequence = current;
    results()->done++;
    futex_wake(results()->done);
    // For the host to take it, before the runner says what it thinks.
    usleep(200);
  }
}

}  // namespace

extern "C" const fault borrowed_faults[] = {
    {"scribble", scribble}, {"scribble-meanwhile", scribble_meanwhile}, {"forge", forge}, {}};
