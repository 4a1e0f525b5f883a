// How long a child may take: by the time that it had, not by that of the clock on the wall.
#pragma once

#include <cstdint>

#include "os/process/child.hpp"

namespace plughost::isolation {

// How often a thread that waits looks after cancellation and limits.
constexpr uint64_t kLook = 5'000'000;

// For one thread that waits for something of a child, and looks at it every kLook or later. What counts is the
// processor time of the child while one of its threads is ready to run; time that passes counts only while all of them
// sleep or are stopped, and of that no more than the looks account for. So a machine that has no time for the child, or
// none for whoever waits, or that sleeps itself, uses nothing up, and a child that does nothing is found out all the
// same.
class Patience {
 public:
  // `limit_ns`: 0 for none.
  Patience(const Child &child, uint64_t limit_ns);

  // Whether it is used up. Progress, as a time of now_ns(), gives the child all of it again.
  bool over(uint64_t progress_ns = 0);
  // What of it is used up.
  uint64_t spent_ns() const;

 private:
  const Child &child_;
  const uint64_t limit_ns_;
  uint64_t looked_ns_;
  uint64_t processor_ns_ = 0;  // of the child, at the last look
  bool known_ = false;         // that is
  uint64_t spent_ns_ = 0;
};

}  // namespace plughost::isolation
