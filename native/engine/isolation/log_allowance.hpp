// Which messages of a plugin, and about it, are logged.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>

namespace plughost::isolation {

// A token bucket for the plugin's own messages: a burst of them, then a few a second. All runners of a plugin share it,
// so that restarting the plugin gives it no new burst. [any]
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

  // Returns true the first time it gets a text: the processes of a plugin often fail alike. Throws std::bad_alloc.
  bool is_new(const std::string &warning) {
    std::lock_guard lock(mutex_);
    return warned_.insert(warning).second;
  }

 private:
  static constexpr uint64_t kBurst = 1000;
  static constexpr uint64_t kNsPerMessage = 100'000'000;  // ten messages a second

  std::mutex mutex_;  // guards the fields below
  uint64_t tokens_ = kBurst;
  uint64_t refilled_ns_ = 0;
  uint64_t suppressed_ = 0;
  std::set<std::string> warned_;
};

}  // namespace plughost::isolation
