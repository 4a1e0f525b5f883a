#include "engine/run/reorder_buffer.hpp"

#include <algorithm>
#include <utility>

namespace plughost {
namespace {

// Bytes of the arenas of all blocks in flight, except the next one to be written, which may use more. The tasks have
// equal parts, at least kMinBudget.
constexpr uint64_t kMaxTransformed = 64 << 20;
constexpr uint64_t kMinBudget = 1 << 20;

}  // namespace

ReorderBuffer::ReorderBuffer(size_t count)
    : budget_{std::max<uint64_t>(kMinBudget, kMaxTransformed / count), [this](uint64_t number) { await_turn(number); }},
      tasks_(count),
      waiting_(count) {
  for (BlockTask &task : tasks_) {
    task.content.budget = &budget_;
    free_.push_back(&task);
  }
}

BlockTask *ReorderBuffer::acquire() {
  std::unique_lock lock(mutex_);
  freed_.wait(lock, [this] { return !free_.empty(); });
  BlockTask *task = free_.back();
  free_.pop_back();
  return task;
}

void ReorderBuffer::release(BlockTask *task) {
  {
    std::lock_guard lock(mutex_);
    free_.push_back(task);
  }
  freed_.notify_one();
}

void ReorderBuffer::submit(BlockTask *task, const std::function<void(BlockTask &)> &consume) {
  std::unique_lock lock(mutex_);
  // Each number in flight has a task, so the numbers span no more than the tasks, and this element is free.
  waiting_[task->content.block.number % waiting_.size()] = task;
  if (consuming_) return;
  consuming_ = true;
  while (BlockTask *turn = std::exchange(waiting_[next_ % waiting_.size()], nullptr)) {
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

// Waits until all tasks with lower numbers were consumed. Called for a task by the thread that works on it. The task
// with the lowest number never waits, so the others make progress.
void ReorderBuffer::await_turn(uint64_t number) {
  std::unique_lock lock(mutex_);
  turned_.wait(lock, [&] { return next_ == number; });
}

}  // namespace plughost
