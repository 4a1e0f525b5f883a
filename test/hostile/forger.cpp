#include "forger.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

#include "ipc/wire.hpp"
#include "os/thread/futex.hpp"

namespace hostile {

using namespace plughost;
using namespace plughost::ipc;

namespace {

[[noreturn]] void give_up(const char *why) {
  std::fprintf(stderr, "the attack cannot be made: %s\n", why);
  std::abort();
}

struct Memories {
  const Requests *requests = nullptr;
  Results *results = nullptr;
  std::span<const uint8_t> blocks;
  const uint8_t *payloads[kSlots] = {};
};

// Returns whether a mapped page begins at the address. Other words of the stack may look like a pair of pointers.
bool begins_page(const void *address) {
  const auto at = reinterpret_cast<uintptr_t>(address);
  return at != 0 && at % 4096 == 0 && madvise(reinterpret_cast<void *>(at), 4096, MADV_NORMAL) == 0;
}

// The runner has its Channel on the stack of its first thread, which also calls the plugin: two pointers to the
// memories, then a span of each. So we search the stack for such pairs. madvise tells whether an address is mapped.
Memories find() {
  struct {
    const Requests *requests;
    Results *results;
    const void *first;
    size_t first_size;
    struct {
      const uint8_t *data;
      size_t size;
    } payloads[kSlots];
    const void *second;
    size_t second_size;
    const uint8_t *blocks;
    size_t blocks_size;
  } channel;
  auto at = reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) & ~uintptr_t{7};
  for (;; at += 8) {
    const uintptr_t last = at + sizeof channel - 8;
    if (last % 4096 == 0 && madvise(reinterpret_cast<void *>(last), 4096, MADV_NORMAL) != 0)
      give_up("nothing was found");
    std::memcpy(&channel, reinterpret_cast<const void *>(at), sizeof channel);
    if (channel.first != channel.requests || channel.second != channel.results) continue;
    if (!begins_page(channel.first) || !begins_page(channel.second)) continue;
    if (channel.first_size % 4096 != 0 || channel.second_size % 4096 != 0) continue;
    if (channel.requests->magic != kMagic || channel.results->magic != kMagic) continue;
    Memories found{channel.requests, channel.results, {channel.blocks, channel.blocks_size}};
    for (uint32_t slot = 0; slot < kSlots; slot++) found.payloads[slot] = channel.payloads[slot].data;
    return found;
  }
}

const Memories &memories() {
  static const Memories found = find();
  return found;
}

uint32_t slot_in_work() {
  const uint64_t current = results().current;
  for (uint32_t slot = 0; slot < kSlots; slot++)
    if (requests().requests[slot].sequence == current) return slot;
  give_up("no request is in work");
}

void sleep_a_little() {
  const timespec moment{0, 200'000};
  nanosleep(&moment, nullptr);
}

}  // namespace

const Requests &requests() { return *memories().requests; }
Results &results() { return *memories().results; }
std::span<const uint8_t> blocks() { return memories().blocks; }
std::span<const uint8_t> payload(uint32_t slot) {
  // The memory grows in steps with the largest request. Reading after its end would be a crash.
  constexpr uint64_t kStep = 64 << 10;
  const uint64_t size = (requests().requests[slot].payload_size + kStep - 1) / kStep * kStep;
  return {memories().payloads[slot], std::min(size, requests().payload)};
}

Answer::Answer(const scene &at)
    : at_(at), slot_(slot_in_work()), request_(requests().requests[slot_]), head_(results().results[slot_]) {
  const Part answers = requests().answers;
  const uint64_t size = answers.size / kSlots;
  room_ = {reinterpret_cast<uint8_t *>(&results()) + answers.offset + slot_ * size, size};
  if (!at.lines) return;
  const plug_span span = at.lines->spans[at.line];
  place_ = static_cast<uint32_t>(plug_line_offset(at.lines, at.line) - request_.block_offset);
  line_ = {span.offset, span.offset + span.length + 1, at.lines->origins ? request_.texts : 0};
}

uint32_t Answer::made_text() const { return requests().stage + 1; }

void Answer::put(const std::vector<Range> &ranges, std::string_view made, const std::vector<Origin> &origins) {
  if (at_.held_back) return;
  Packer to(room_);
  to.put(std::span<const Range>(ranges));
  to.put(std::span(reinterpret_cast<const uint8_t *>(made.data()), made.size()));
  to.put(std::span<const Origin>(origins));
  head_.outcome = Outcome::done;
  head_.ranges = static_cast<uint32_t>(ranges.size());
  head_.bytes = made.size();
  head_.origins = static_cast<uint32_t>(origins.size());
}

void Answer::publish() {
  if (at_.held_back) return;
  head_.sequence = request_.sequence;
  results().done++;
  futex_wake(results().done);
  // If the host accepts the answer, it sends the next request, which may wait in the other slot.
  constexpr int kMax = 5000;
  for (int i = 0; i < kMax && requests().requests[slot_].sequence == request_.sequence && requests().stop == 0; i++)
    sleep_a_little();
}

void pretend(State state) {
  results().state = state;
  results().done++;
  futex_wake(results().done);
  for (;;) sleep_a_little();
}

bool begin(const scene &at) {
  std::fprintf(stderr, "%s %s\n", at.held_back ? "held back" : "forged", at.attack);
  return !at.held_back;
}

}  // namespace hostile

extern "C" void attack(const scene *at) {
  using namespace hostile;
  for (const auto theme : {forge_places, forge_sizes, forge_values, forge_rows, forge_folds, forge_start,
                           forge_at_random, look_around, ask_the_system})
    if (theme(*at)) return;
  give_up(at->attack);
}

extern "C" plug_bytes config_of_runner(void) {
  using namespace hostile;
  const auto config = requests().config;
  return {reinterpret_cast<const uint8_t *>(&requests()) + config.offset, config.size};
}
