#include "engine/isolation/worker_process.hpp"

namespace plughost::isolation {

using namespace ipc;

StageFailure stop_for(FaultReport report) {
  report.verdict = Verdict::stopped;
  Failure failure{FailureKind::fault, report.label, report.fault.operation, report.fault.code, report.fault.message};
  failure.fault = std::make_shared<FaultReport>(std::move(report));
  return {std::move(failure)};
}

WorkerProcess::~WorkerProcess() {
  if (runner_) runner_->end(kDestroyLimit);
}

std::shared_ptr<RunnerHandle> WorkerProcess::runner() {
  std::lock_guard lock(mutex_);
  if (!runner_) runner_ = start();
  return runner_;
}

bool WorkerProcess::give_up(const std::shared_ptr<RunnerHandle> &lost) {
  std::lock_guard lock(mutex_);
  if (runner_ != lost) return false;
  runner_.reset();
  return true;
}

std::shared_ptr<RunnerHandle> WorkerProcess::start() const {
  try {
    return start_runner(plugin->spec, config_);
  } catch (NotStarted &failed) {
    FaultReport report;
    report.fault = std::move(failed.fault);
    report.label = plugin->spec->label;
    throw stop_for(std::move(report));
  }
}

}  // namespace plughost::isolation
