// How much a plugin may log.
#pragma once

#include <algorithm>
#include <cstdint>
#include <mutex>

namespace plughost::isolation {

// Lets a number of messages pass at once, and then so many a second, however long a run is and however often the plugin
// is started again. Shared by all runners of one plugin. [any]
class LogAllowance {
 public:
  // Whether one more message passes. If so, `left_out` is how many did not since the last one.
  bool take(uint64_t now_ns, uint64_t *left_out) {
    std::lock_guard lock(mutex_);
    if (last_ns_ == 0) last_ns_ = now_ns;
    const uint64_t earned = (now_ns - last_ns_) / kNsEach;
    last_ns_ += earned * kNsEach;
    there_ = std::min(kAtOnce, there_ + earned);
    if (there_ == 0) {
      left_out_++;
      return false;
    }
    there_--;
    *left_out = left_out_;
    left_out_ = 0;
    return true;
  }

 private:
  static constexpr uint64_t kAtOnce = 1000;
  static constexpr uint64_t kNsEach = 100'000'000;  // ten a second

  std::mutex mutex_;
  uint64_t there_ = kAtOnce;
  uint64_t last_ns_ = 0;
  uint64_t left_out_ = 0;
};

}  // namespace plughost::isolation
