#include "engine/run/ordered_slots.hpp"

#include <algorithm>
#include <utility>

namespace plughost {
namespace {

// Bytes that stages may have made of all blocks in work, beside those of the next to be written; shared by the slots.
constexpr uint64_t kMaxTransformed = 64 << 20;
constexpr uint64_t kMinBudget = 1 << 20;

}  // namespace

OrderedSlots::OrderedSlots(size_t count)
    : budget_{std::max<uint64_t>(kMinBudget, kMaxTransformed / count), [this](uint64_t number) { await_turn(number); }},
      slots_(count),
      waiting_(count) {
  for (Slot &slot : slots_) {
    slot.content.budget = &budget_;
    free_.push_back(&slot);
  }
}

Slot *OrderedSlots::acquire() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return !free_.empty(); });
  Slot *slot = free_.back();
  free_.pop_back();
  return slot;
}

void OrderedSlots::release(Slot *slot) {
  {
    std::lock_guard lock(mutex_);
    free_.push_back(slot);
  }
  freed_.notify_one();
}

void OrderedSlots::submit(Slot *slot, const std::function<void(Slot &)> &consume) {
  std::unique_lock lock(mutex_);
  // There are never more numbers in work than slots, so the place is free.
  waiting_[slot->content.block.number % waiting_.size()] = slot;
  if (consuming_) return;
  consuming_ = true;
  while (Slot *turn = std::exchange(waiting_[next_ % waiting_.size()], nullptr)) {
    lock.unlock();
    consume(*turn);
    turn->shrink(budget_.bytes_per_block);
    lock.lock();
    next_++;
    free_.push_back(turn);
    freed_.notify_one();
    turned_.notify_all();
  }
  consuming_ = false;
}

// Waits until all slots with lower numbers were consumed, in a thread that has this one in work, or consumes it. The
// lowest number in work never waits here, so whoever does is not waited for.
void OrderedSlots::await_turn(uint64_t number) {
  std::unique_lock lock(mutex_);
  turned_.wait(lock, [&] { return next_ == number; });
}

}  // namespace plughost
