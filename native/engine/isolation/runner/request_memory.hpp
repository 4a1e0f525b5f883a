// The memory in which the host writes requests, as ipc/protocol.hpp describes it.
#pragma once

#include <cstdint>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/isolation/runner/stage_config.hpp"
#include "ipc/protocol.hpp"
#include "os/memory/shared_memory.hpp"

namespace plughost::isolation {

// Returns the bytes of all answers of a runner, which are divided among its slots.
uint64_t answers_size(const RunnerSpec &spec, const StageConfig &config);

class RequestMemory {
 public:
  // Writes everything that the runner needs to start. Throws SystemFailed.
  RequestMemory(const RunnerSpec &spec, const StageConfig &config);

  ipc::Requests &requests() const { return requests_; }
  // To be passed to the runner, which can map it for reading only.
  int descriptor() const { return memory_.descriptor(); }

 private:
  SharedMemory memory_;
  ipc::Requests &requests_;
};

}  // namespace plughost::isolation
