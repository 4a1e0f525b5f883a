#include "engine/isolation/patience.hpp"

#include <algorithm>

#include "engine/plugin/context.hpp"

namespace plughost::isolation {
namespace {

// Time that one look accounts for: whoever looks may be late without being much behind.
constexpr uint64_t kMaxStep = 4 * kLook;

}  // namespace

Patience::Patience(const Child &child, uint64_t limit_ns) : child_(child), limit_ns_(limit_ns), looked_ns_(now_ns()) {}

bool Patience::over(uint64_t progress_ns) {
  const uint64_t now = now_ns();
  if (progress_ns > looked_ns_) {
    looked_ns_ = progress_ns;
    known_ = false;
    spent_ns_ = 0;
  }
  const uint64_t passed = now - std::min(now, looked_ns_);
  if (passed < kLook) return false;
  looked_ns_ = now;
  const Activity activity = child_.activity();
  const uint64_t counted = std::min(passed, kMaxStep);
  const uint64_t used =
      known_ ? std::min(passed, activity.processor_ns - std::min(activity.processor_ns, processor_ns_)) : counted;
  spent_ns_ += activity.ready ? used : std::max(used, counted);
  processor_ns_ = activity.processor_ns;
  known_ = true;
  return limit_ns_ > 0 && spent_ns_ >= limit_ns_;
}

uint64_t Patience::spent_ns() const { return spent_ns_ + std::min(now_ns() - looked_ns_, kMaxStep); }

}  // namespace plughost::isolation
