// The log messages of a runner's plugin.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/isolation/isolated_plugin.hpp"
#include "ipc/protocol.hpp"

namespace plughost::isolation {

// Passes messages from the ring in a runner's results to the host's log, as many as the plugin's LogAllowance lets
// pass.
class RunnerLog {
 public:
  // Both must outlive the object.
  RunnerLog(const RunnerSpec &spec, const ipc::Results &results) : spec_(spec), results_(results) {}

  // Logs the messages that arrived since the last call. Warns about messages that were overwritten before they were
  // read. [any]
  void forward();

 private:
  const RunnerSpec &spec_;
  const ipc::Results &results_;
  std::mutex mutex_;   // guards read_
  uint32_t read_ = 0;  // messages that were read
};

}  // namespace plughost::isolation
