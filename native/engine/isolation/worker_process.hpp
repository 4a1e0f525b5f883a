// One plugin's runner among the threads that share it, and what its user wants when it fails.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "base/named_enum.hpp"
#include "engine/isolation/runner_handle.hpp"
#include "ipc/fault.hpp"

namespace plughost::isolation {

// What becomes of lines that a plugin does not survive.
PLUGHOST_NAMED_ENUM(OnFault,
                    skip,   // leave the lines out
                    match,  // pass them on unchanged
                    stop)   // end the run

// A plugin that runs in runners; shared by the processes of a stage.
struct IsolatedPlugin {
  std::shared_ptr<const RunnerSpec> spec;
  Description description;
  OnFault on_fault = OnFault::skip;
  uint32_t max_faults = 100;  // then it is the plugin that is broken, and not the data
};

// What the processes of a stage count together.
struct FaultBudget {
  std::atomic<uint32_t> lines{0};     // that the plugin did not survive
  std::atomic<uint32_t> restarts{0};  // since it last did anything well
};

class WorkerProcess {
 public:
  WorkerProcess(std::shared_ptr<const IsolatedPlugin> plugin, const StageConfig &config,
                std::shared_ptr<FaultBudget> budget)
      : plugin(std::move(plugin)), budget(std::move(budget)), config_(config) {}
  // Lets the plugin's destroy run.
  ~WorkerProcess();
  WorkerProcess(const WorkerProcess &) = delete;
  WorkerProcess &operator=(const WorkerProcess &) = delete;

  // The runner that works, started when there is none. Throws StageFailure when it cannot be. [any]
  std::shared_ptr<RunnerHandle> runner();
  // Whether this call gave up `lost`, which another thread may have done before. [any]
  bool give_up(const std::shared_ptr<RunnerHandle> &lost);
  // One that is nobody else's. Throws StageFailure. [any]
  std::shared_ptr<RunnerHandle> start() const;
  uint32_t take_slot() { return slots_.fetch_add(1) % ipc::kSlots; }

  const std::shared_ptr<const IsolatedPlugin> plugin;
  const std::shared_ptr<FaultBudget> budget;
  const StageConfig &config() const { return config_; }

 private:
  const StageConfig config_;
  std::atomic<uint32_t> slots_{0};
  std::mutex mutex_;
  std::shared_ptr<RunnerHandle> runner_;
};

// The failure that ends a run for a fault.
StageFailure stop_for(ipc::FaultReport report);

}  // namespace plughost::isolation
