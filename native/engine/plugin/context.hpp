// plug_ctx and the cancel word that it points to.
#pragma once

#include <plughost/base.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>

namespace plughost {

// A millisecond in nanoseconds.
inline constexpr uint64_t kMs = 1'000'000;

// Returns nanoseconds of the monotonic clock. plug_host.now_ns returns the same. [any]
inline uint64_t now_ns() {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

// Owns a word for plug_ctx.cancel. Plugins poll it. All calls are [any].
class CancelWord {
 public:
  // Sets the reason unless there is one already.
  void raise(uint32_t reason) {
    uint32_t none = PLUG_CANCEL_NONE;
    word_.compare_exchange_strong(none, reason, std::memory_order_relaxed);
  }
  uint32_t reason() const { return word_.load(std::memory_order_relaxed); }
  // Returns a context that points to the word, which must outlive it.
  plug_ctx context(uint32_t worker, uint64_t deadline_ns = 0) const {
    static_assert(sizeof(word_) == sizeof(uint32_t) && std::atomic<uint32_t>::is_always_lock_free);
    return {sizeof(plug_ctx), worker, reinterpret_cast<const uint32_t *>(&word_), deadline_ns};
  }

 private:
  std::atomic<uint32_t> word_{PLUG_CANCEL_NONE};
};

// The context of one control call. With a timeout, a timer thread raises PLUG_CANCEL_DEADLINE, because the thread of
// the caller is inside the call. The destructor stops the timer.
class CallContext {
 public:
  explicit CallContext(std::chrono::nanoseconds timeout)
      : context_(cancel.context(0, timeout.count() > 0 ? now_ns() + static_cast<uint64_t>(timeout.count()) : 0)) {
    if (timeout.count() <= 0) return;
    timer_ = std::thread([this, timeout] {
      std::unique_lock lock(mutex_);
      if (!ended_.wait_for(lock, timeout, [this] { return end_; })) cancel.raise(PLUG_CANCEL_DEADLINE);
    });
  }
  ~CallContext() {
    if (!timer_.joinable()) return;
    {
      std::lock_guard lock(mutex_);
      end_ = true;
    }
    ended_.notify_one();
    timer_.join();
  }
  CallContext(const CallContext &) = delete;
  CallContext &operator=(const CallContext &) = delete;

  CancelWord cancel;
  const plug_ctx *address() const { return &context_; }

 private:
  plug_ctx context_;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool end_ = false;
  std::thread timer_;
};

}  // namespace plughost
