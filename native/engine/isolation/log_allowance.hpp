// How many messages a plugin may log.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace plughost::isolation {

// A token bucket: a burst of messages, then a few a second. All runners of a plugin share one, so that restarting the
// plugin gives it no new burst. [any]
class LogAllowance {
 public:
  // Returns whether one more message may be logged. If so, *suppressed is the number of messages that were refused
  // since the last one.
  bool take(uint64_t now_ns, uint64_t *suppressed) {
    std::lock_guard lock(mutex_);
    if (refilled_ns_ == 0) refilled_ns_ = now_ns;
    const uint64_t earned = (now_ns - refilled_ns_) / kNsPerMessage;
    refilled_ns_ += earned * kNsPerMessage;
    tokens_ = std::min(kBurst, tokens_ + earned);
    if (tokens_ == 0) {
      suppressed_++;
      return false;
    }
    tokens_--;
    *suppressed = suppressed_;
    suppressed_ = 0;
    return true;
  }

 private:
  static constexpr uint64_t kBurst = 1000;
  static constexpr uint64_t kNsPerMessage = 100'000'000;  // ten messages a second

  std::mutex mutex_;  // guards the fields below
  uint64_t tokens_ = kBurst;
  uint64_t refilled_ns_ = 0;
  uint64_t suppressed_ = 0;
};

}  // namespace plughost::isolation
