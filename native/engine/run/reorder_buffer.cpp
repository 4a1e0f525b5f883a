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

ReorderBuffer::ReorderBuffer(unsigned workers, size_t tasks_per_worker)
    : budget_{std::max<uint64_t>(kMinBudget, kMaxTransformed / (workers * tasks_per_worker)),
              [this](const Block &block) { await_turn(place_of(block)); }},
      tasks_(workers * tasks_per_worker),
      workers_(workers) {
  waiting_.reserve(tasks_.size());
  for (size_t i = 0; i < tasks_.size(); i++) {
    tasks_[i].worker = static_cast<uint32_t>(i / tasks_per_worker);
    tasks_[i].content.budget = &budget_;
    free(&tasks_[i]);
  }
}

ReorderBuffer::Acquired ReorderBuffer::acquire(uint32_t worker) {
  std::unique_lock lock(mutex_);
  Worker &own = workers_[worker];
  own.freed.wait(lock, [&] { return !own.free.empty() || abandoned_; });
  if (own.free.empty()) return {nullptr, false};
  BlockTask *task = own.free.back();
  own.free.pop_back();
  return {task, !own.free.empty()};
}

void ReorderBuffer::release(BlockTask *task) {
  std::lock_guard lock(mutex_);
  free(task);
}

void ReorderBuffer::submit(BlockTask *task, const std::function<void(BlockTask &)> &consume) {
  const auto later = [](const BlockTask *one, const BlockTask *other) {
    return place_of(one->content.block) > place_of(other->content.block);
  };
  std::unique_lock lock(mutex_);
  waiting_.push_back(task);
  std::push_heap(waiting_.begin(), waiting_.end(), later);
  if (consuming_) return;
  consuming_ = true;
  while (!waiting_.empty() && place_of(waiting_.front()->content.block) == next_) {
    std::pop_heap(waiting_.begin(), waiting_.end(), later);
    BlockTask *const turn = waiting_.back();
    waiting_.pop_back();
    const bool last = turn->content.block.last;
    lock.unlock();
    consume(*turn);
    turn->shrink(budget_.bytes_per_block);
    lock.lock();
    next_ = last ? Place{next_.input + 1, 0} : Place{next_.input, next_.position + 1};
    free(turn);
    turned_.notify_all();
  }
  consuming_ = false;
}

void ReorderBuffer::abandon() {
  std::lock_guard lock(mutex_);
  abandoned_ = true;
  for (Worker &worker : workers_) worker.freed.notify_all();
  turned_.notify_all();
}

// Makes a task available to its worker. Call it with the mutex.
void ReorderBuffer::free(BlockTask *task) {
  Worker &worker = workers_[task->worker];
  worker.free.push_back(task);
  if (worker.free.size() == 1) worker.freed.notify_one();
}

// Waits until all earlier blocks were consumed. Called for a task by the thread that works on it. The task with the
// first block never waits, so the others make progress.
void ReorderBuffer::await_turn(Place place) {
  std::unique_lock lock(mutex_);
  turned_.wait(lock, [&] { return next_ == place || abandoned_; });
}

}  // namespace plughost
