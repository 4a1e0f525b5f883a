// Random answers, and random changes of an answer while the host reads it.
#include <pthread.h>

#include <atomic>
#include <cstring>
#include <ctime>

#include "forger.hpp"

namespace hostile {
namespace {

using namespace plughost::ipc;

void fill(Random &random, void *memory, uint64_t size) {
  for (uint64_t i = 0; i < size; i++) static_cast<volatile uint8_t *>(memory)[i] = static_cast<uint8_t>(random.next());
}

// The numbers depend on the seed, the line, and the number of attacks of this process.
Random random_of(const scene &at) {
  static uint64_t attacks = 0;
  uint64_t mixed = at.seed * 1000003 + attacks++;
  if (at.lines) {
    const plug_span span = at.lines->spans[at.line];
    for (uint32_t i = 0; i < span.length; i++) mixed = mixed * 31 + at.lines->block.data[span.offset + i];
  }
  return Random(mixed);
}

// Returns a number that is usually out of range and sometimes valid.
template <typename Number>
void put_number(Random &random, Number &number, uint64_t likely) {
  number = static_cast<Number>(random.below(3) ? random.below(likely) : random.next());
}

// Random ranges: some look like lines, others are impossible.
void fill_answer(Random &random, uint8_t *answer) {
  fill(random, answer, 4096);
  if (random.below(2)) return;
  uint32_t at = 0;
  for (uint64_t i = 0; i < 8; i++) {
    const Range range{at, at + static_cast<uint32_t>(random.below(200)), static_cast<uint32_t>(random.below(2))};
    std::memcpy(answer + i * sizeof range, &range, sizeof range);
    at = range.end;
  }
}

// Publishes a random answer.
void forge(Random &random, Answer &answer) {
  Result &head = answer.head();
  fill(random, reinterpret_cast<uint8_t *>(&head) + sizeof head.sequence, sizeof head - sizeof head.sequence);
  put_number(random, reinterpret_cast<uint32_t &>(head.outcome), 4);
  put_number(random, head.kept, 3);
  put_number(random, head.contract, 3);
  put_number(random, head.ranges, 9);
  put_number(random, head.origins, 3);
  put_number(random, head.bytes, 5000);
  put_number(random, head.message_size, 100);
  fill_answer(random, answer.room().data());
  LogSlot &slot = results().log[results().logged % kLogRecords];
  fill(random, &slot, sizeof slot);
  slot.number = results().logged + 1;
  results().logged += static_cast<uint32_t>(random.below(3));
}

// Overwrites a random part of the results, most often the fields that the host reads first.
void scribble(Random &random) {
  const uint64_t most = random.below(2) ? offsetof(Results, log) : sizeof(Results);
  const uint64_t begin = random.below(most);
  const uint64_t size = 1 + random.below(random.below(2) ? 16 : most);
  fill(random, reinterpret_cast<uint8_t *>(&results()) + begin, std::min(size, most - begin));
}

void rest() {
  const timespec moment{0, 20'000};
  nanosleep(&moment, nullptr);
}

// Does so until the process ends, while the host reads.
void *scribble_on(void *random) {
  for (;; rest()) scribble(*static_cast<Random *>(random));
}

// Changes counts and sizes between their values and impossible ones, as fast as possible.
void *flip(void *) {
  for (uint32_t turn = 0;; turn++) {
    for (Result &head : results().results) {
      __atomic_xor_fetch(&head.ranges, 0x7ffffff0, __ATOMIC_RELAXED);
      __atomic_xor_fetch(&head.bytes, uint64_t{1} << 40, __ATOMIC_RELAXED);
      __atomic_xor_fetch(&head.origins, 0x7ffffff0, __ATOMIC_RELAXED);
      __atomic_xor_fetch(&head.message_size, 0x7ffffff0, __ATOMIC_RELAXED);
    }
    if (turn % 16 == 0) rest();
  }
}

// Changes the first word of each slot's ranges between its value and an impossible one.
void *flip_ranges(void *) {
  for (uint32_t turn = 0;; turn++) {
    const Part answers = requests().answers;
    for (uint32_t slot = 0; slot < kSlots; slot++) {
      uint8_t *const room = reinterpret_cast<uint8_t *>(&results()) + answers.offset + slot * (answers.size / kSlots);
      for (uint32_t i = 0; i < 12; i++)
        __atomic_xor_fetch(reinterpret_cast<uint32_t *>(room) + i, 0x40000000, __ATOMIC_RELAXED);
    }
    if (turn % 16 == 0) rest();
  }
}

// Starts one such thread for the process. If the sandbox refuses threads, the attack is not made, and the test fails.
bool start(void *(*work)(void *), Random random) {
  static std::atomic<bool> started{false};
  static Random own(0);
  if (started.exchange(true)) return true;
  own = random;
  pthread_t thread;
  return pthread_create(&thread, nullptr, work, &own) == 0;
}

}  // namespace

bool forge_at_random(const scene &at) {
  const auto is = [&](const char *name) { return std::strcmp(name, at.attack) == 0; };
  Random random = random_of(at);
  if (is("random")) {
    Answer answer(at);
    if (begin(at)) forge(random, answer);
    answer.publish();
    return true;
  }
  if (is("scribble")) {
    if (begin(at)) scribble(random);
    return true;
  }
  const struct {
    const char *name;
    void *(*work)(void *);
  } threads[] = {{"scribble-meanwhile", scribble_on}, {"flip", flip}, {"flip-ranges", flip_ranges}};
  for (const auto &[name, work] : threads) {
    if (!is(name)) continue;
    if (at.held_back || start(work, random)) begin(at);
    return true;
  }
  return false;
}

}  // namespace hostile
