#include "lane.hpp"

namespace plughost::isolation {
namespace {

// Something outside may end a runner before it is ready, and then it is tried again.
constexpr int kStarts = 4;

}  // namespace

StageFailure stop_for(FaultReport report) {
  report.verdict = Verdict::stopped;
  Failure failure{FailureKind::fault, report.label, report.fault.operation, report.fault.code, report.fault.message};
  failure.fault = std::make_shared<FaultReport>(std::move(report));
  return {std::move(failure)};
}

std::shared_ptr<Runner> Lane::runner() {
  std::lock_guard lock(mutex_);
  if (!runner_) runner_ = start();
  return runner_;
}

bool Lane::give_up(const std::shared_ptr<Runner> &lost) {
  std::lock_guard lock(mutex_);
  if (runner_ != lost) return false;
  runner_.reset();
  return true;
}

std::shared_ptr<Runner> Lane::start() const {
  for (int left = kStarts;; left--) {
    try {
      return std::make_shared<Runner>(plugin->spec, use_);
    } catch (NotStarted &failed) {
      if (failed.fault.kind == FaultKind::kill && left > 1) continue;
      FaultReport report;
      report.fault = std::move(failed.fault);
      report.label = plugin->spec->label;
      throw stop_for(std::move(report));
    }
  }
}

}  // namespace plughost::isolation
