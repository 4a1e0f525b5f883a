#include "read_ahead.hpp"

#include <utility>

namespace plughost {
namespace {

// Waking a thread takes about as long as reading a block: with room for several, both mostly find the other's work
// done.
constexpr size_t kAhead = 8;

}  // namespace

ReadAhead::ReadAhead(Source &source) : source_(source), spare_(kAhead), thread_([this] { work(); }) {}

ReadAhead::~ReadAhead() {
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

bool ReadAhead::next(Block *block) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return !ready_.empty() || ended_; });
  if (!ready_.empty()) {
    std::swap(*block, ready_.front());
    spare_.push_back(std::move(ready_.front()));
    ready_.pop_front();
    lock.unlock();
    changed_.notify_all();
    return true;
  }
  if (!failure_) return false;
  block->number = failed_.number;
  block->input = failed_.input;
  std::rethrow_exception(std::exchange(failure_, nullptr));
}

void ReadAhead::work() {
  for (;;) {
    Block block;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return !spare_.empty() || abandoned_; });
      if (abandoned_) return;
      block = std::move(spare_.back());
      spare_.pop_back();
    }
    bool got = false;
    std::exception_ptr failure;
    try {
      got = source_.next(&block);
    } catch (...) {
      failure = std::current_exception();
    }
    {
      std::lock_guard lock(mutex_);
      if (got) {
        ready_.push_back(std::move(block));
      } else {
        ended_ = true;
        failure_ = failure;
        failed_ = std::move(block);
      }
    }
    changed_.notify_all();
    if (!got) return;
  }
}

}  // namespace plughost
