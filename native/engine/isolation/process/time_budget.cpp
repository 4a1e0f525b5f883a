#include "engine/isolation/process/time_budget.hpp"

#include <algorithm>

#include "engine/plugin/context.hpp"

namespace plughost::isolation {
namespace {

// The most that one check may count. A check that comes late must not use up the budget.
constexpr uint64_t kMaxStep = 4 * kPollInterval;

}  // namespace

TimeBudget::TimeBudget(const Child &child, uint64_t limit_ns)
    : child_(child), limit_ns_(limit_ns), checked_ns_(now_ns()) {}

bool TimeBudget::expired(uint64_t progress_ns) {
  const uint64_t now = now_ns();
  if (progress_ns > checked_ns_) {
    checked_ns_ = progress_ns;
    processor_known_ = false;
    spent_ns_ = 0;
  }
  const uint64_t elapsed = now - std::min(now, checked_ns_);
  if (elapsed < kPollInterval) return false;
  checked_ns_ = now;
  const Activity activity = child_.activity();
  const uint64_t counted = std::min(elapsed, kMaxStep);
  const uint64_t used = processor_known_
                            ? std::min(elapsed, activity.processor_ns - std::min(activity.processor_ns, processor_ns_))
                            : counted;
  spent_ns_ += activity.ready ? used : std::max(used, counted);
  processor_ns_ = activity.processor_ns;
  processor_known_ = true;
  return limit_ns_ > 0 && spent_ns_ >= limit_ns_;
}

uint64_t TimeBudget::spent_ns() const { return spent_ns_ + std::min(now_ns() - checked_ns_, kMaxStep); }

}  // namespace plughost::isolation
