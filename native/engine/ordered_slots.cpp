#include "ordered_slots.hpp"

#include <utility>

namespace plughost {

OrderedSlots::OrderedSlots(size_t count, std::function<void(Slot &)> consume)
    : consume_(std::move(consume)), slots_(count), waiting_(count) {
  for (Slot &slot : slots_) free_.push_back(&slot);
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

void OrderedSlots::submit(Slot *slot) {
  std::unique_lock lock(mutex_);
  // There are never more numbers in work than slots, so the place is free.
  waiting_[slot->content.block.number % waiting_.size()] = slot;
  if (consuming_) return;
  consuming_ = true;
  while (Slot *turn = std::exchange(waiting_[next_ % waiting_.size()], nullptr)) {
    lock.unlock();
    consume_(*turn);
    lock.lock();
    next_++;
    free_.push_back(turn);
    freed_.notify_one();
  }
  consuming_ = false;
}

}  // namespace plughost
