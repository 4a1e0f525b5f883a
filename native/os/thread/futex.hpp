// Sleeping on a word of memory that several processes share.
// Platform: the futex of Linux, with bit masks. To port it, use a call that waits on an address, or poll.
#pragma once

#include <atomic>
#include <cstdint>

namespace plughost {

// The mask that matches every waiter.
inline constexpr uint32_t kEveryWaiter = 0xffffffff;

// Sleeps while the word is `seen`, for at most `max_ns`. A wake with a mask that has no bit in common is not for this
// thread. May return early for no reason. This process needs no right to write to the word. [any]
void futex_wait(const std::atomic<uint32_t> &word, uint32_t seen, uint32_t mask, uint64_t max_ns);

// Wakes all threads that sleep on the word with a mask that has a bit in common. [any]
void futex_wake(const std::atomic<uint32_t> &word, uint32_t mask = kEveryWaiter);

}  // namespace plughost
