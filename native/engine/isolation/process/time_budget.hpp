// A time limit for a child process that counts the time the child had, not the time on the clock.
#pragma once

#include <cstdint>

#include "os/process/child.hpp"

namespace plughost::isolation {

// How often a waiting thread checks for cancellation and for limits, in nanoseconds.
constexpr uint64_t kPollInterval = 5'000'000;

// For one thread that waits for a child and calls expired() every kPollInterval or less often.
//
// While a thread of the child is ready to run, only processor time of the child counts. While all its threads sleep or
// are stopped, elapsed time counts, but at most a few poll intervals for each check. So an overloaded or suspended
// machine uses nothing up, and a child that does nothing still runs out of time.
class TimeBudget {
 public:
  // `limit_ns`: 0 for no limit.
  TimeBudget(const Child &child, uint64_t limit_ns);

  // Whether the limit was reached. `progress_ns`: when the child last made progress, as a time of now_ns(); progress
  // after the last check restarts the budget.
  bool expired(uint64_t progress_ns = 0);
  // How much of the budget was used.
  uint64_t spent_ns() const;

 private:
  const Child &child_;
  const uint64_t limit_ns_;
  uint64_t checked_ns_;           // time of the last check
  uint64_t processor_ns_ = 0;     // processor time of the child at the last check
  bool processor_known_ = false;  // there was a check since the start, or since the last progress
  uint64_t spent_ns_ = 0;
};

}  // namespace plughost::isolation
