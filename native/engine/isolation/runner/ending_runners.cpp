#include "engine/isolation/runner/ending_runners.hpp"

#include <utility>

namespace plughost::isolation {

EndingRunners::~EndingRunners() {
  for (;;) {
    // All of them are asked, because each counts its own time.
    RunnerHandle *left = nullptr;
    for (const auto &runner : runners_)
      if (runner->is_ending()) left = runner.get();
    if (!left) break;
    left->await_end_briefly();
  }
  for (const auto &runner : runners_) runner->finish_end();
}

void EndingRunners::add(std::shared_ptr<RunnerHandle> runner) {
  runner->begin_end();
  std::lock_guard lock(mutex_);
  runners_.push_back(std::move(runner));
}

}  // namespace plughost::isolation
