#include "os/thread/futex.hpp"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace plughost {

static_assert(kEveryWaiter == FUTEX_BITSET_MATCH_ANY);

void futex_wait(const std::atomic<uint32_t> &word, uint32_t seen, uint32_t mask, uint64_t max_ns) {
  // FUTEX_WAIT_BITSET takes a point in time of the monotonic clock.
  timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  const uint64_t ns = static_cast<uint64_t>(until.tv_nsec) + max_ns;
  until.tv_sec += static_cast<time_t>(ns / 1'000'000'000);
  until.tv_nsec = static_cast<long>(ns % 1'000'000'000);
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET, seen, &until, nullptr, mask);
}

void futex_wake(const std::atomic<uint32_t> &word, uint32_t mask) {
  syscall(SYS_futex, &word, FUTEX_WAKE_BITSET, INT_MAX, nullptr, nullptr, mask);
}

}  // namespace plughost
