// Runners that end at the same time.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/isolation/runner/runner_handle.hpp"

namespace plughost::isolation {

// Each plugin has the same second for its destroy, however many runners there are.
class EndingRunners {
 public:
  EndingRunners() = default;
  // Waits until all have ended, or until their time is over. Logs a warning of each plugin that did not survive its
  // destroy. Drops the handles, so processes that are left are killed.
  ~EndingRunners();
  EndingRunners(const EndingRunners &) = delete;
  EndingRunners &operator=(const EndingRunners &) = delete;

  // Asks the runner to end, which calls the plugin's destroy. [any]
  void add(std::shared_ptr<RunnerHandle> runner);

 private:
  std::mutex mutex_;  // guards runners_ until the destructor
  std::vector<std::shared_ptr<RunnerHandle>> runners_;
};

}  // namespace plughost::isolation
