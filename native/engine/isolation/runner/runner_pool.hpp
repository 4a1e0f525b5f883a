// The runners of one stage.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/isolation/isolated_plugin.hpp"
#include "engine/isolation/runner/runner_handle.hpp"
#include "engine/isolation/runner/stage_config.hpp"
#include "engine/plugin/failure.hpp"
#include "engine/stages/run_setting.hpp"
#include "engine/stages/stage.hpp"
#include "ipc/fault.hpp"
#include "ipc/protocol.hpp"

namespace plughost::isolation {

// Counts lines that crashed a plugin.
struct FaultCount {
  std::atomic<uint32_t> faults{0};
};

// Starts each runner when the first of its threads needs it, and replaces runners that are lost. At most ipc::kSlots
// threads of a run share a runner. Must outlive the clients.
class RunnerPool {
 public:
  // What a client uses: a runner, by its index, and a slot of it.
  struct Place {
    uint32_t runner;
    uint32_t slot;
  };

  // `faults` counts those of all runners together, and may count those of other pools, too.
  RunnerPool(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config,
             std::shared_ptr<FaultCount> faults = std::make_shared<FaultCount>());
  // Ends the runners, which calls the plugin's destroy. In a run, the run waits for them.
  ~RunnerPool();
  RunnerPool(const RunnerPool &) = delete;
  RunnerPool &operator=(const RunnerPool &) = delete;

  // Sets what depends on the run. Before the first call of join().
  void configure(const RunSetting &setting);
  // Returns the place of one more client. A run has one client more than threads, for what an exporter writes before
  // and after the lines. It may share a slot with a client of a thread, so only one of the two may ask at a time. [any]
  Place join();

  // Returns the runner, started if there is none. Throws StageFailure. [any]
  std::shared_ptr<RunnerHandle> runner(Place place);
  // Forgets a runner that is lost. Returns false when another thread already did. [any]
  bool forget(Place place, const std::shared_ptr<RunnerHandle> &lost);
  // Returns a new runner that is not part of the pool. Throws StageFailure. [any]
  std::shared_ptr<RunnerHandle> start() const;

  // Counts lines that crashed the plugin. Returns false when there were more than its user allows. [any]
  bool allow_fault() { return faults_->faults.fetch_add(1) < plugin_->max_faults; }
  // Counts a runner that was replaced. Returns false when there were too many since the last success. [any]
  bool allow_restart();
  // A runner has answered. [any]
  void reset_restarts() { restarts_ = 0; }

  const IsolatedPlugin &plugin() const { return *plugin_; }
  const StageConfig &config() const { return config_; }

 private:
  struct Member;

  const std::shared_ptr<const IsolatedPlugin> plugin_;
  StageConfig config_;
  std::vector<std::unique_ptr<Member>> members_;
  std::atomic<uint32_t> joined_{0};
  const std::shared_ptr<FaultCount> faults_;
  std::atomic<uint32_t> restarts_{0};
};

// Returns the failure that ends a run because of a fault.
StageFailure stop_for(ipc::FaultReport report);

}  // namespace plughost::isolation
