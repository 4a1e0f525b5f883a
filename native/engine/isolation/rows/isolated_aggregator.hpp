// An aggregator whose plugin works in runners.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/isolation/client/runner_client.hpp"
#include "engine/isolation/rows/row_wire.hpp"
#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/rows/aggregator.hpp"

namespace plughost::isolation {

// Each state has a process of its own. When that is lost, a StateClient makes the state again in another one.
class IsolatedAggregator : public Aggregator {
 public:
  IsolatedAggregator(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end, NamedColumns names);

  std::vector<Field> columns() const override { return names_.columns; }
  std::vector<Field> outputs() const override { return names_.outputs; }
  uint32_t revision() const override { return names_.revision; }
  std::unique_ptr<AggregatorState> state(const Schema &schema, const std::vector<uint32_t> &picked,
                                         const Schema &outputs) const override;
  bool isolated() const override { return true; }
  void configure(const RunSetting &setting) override;

  // Returns the bytes of requests that each state keeps, to make itself again.
  uint64_t journal() const;

  // A process for one state, started when it is first asked.
  struct StateRunner {
    StateRunner(std::unique_ptr<RunnerPool> of, const StagePlugin &plugin)
        : pool(std::move(of)), client(*pool, plugin, true, "update") {}

    const std::unique_ptr<RunnerPool> pool;
    RunnerClient client;
  };
  // Returns a process that no state uses; it may have served one before. [any]
  std::unique_ptr<StateRunner> take() const;
  void give_back(std::unique_ptr<StateRunner> idle) const;

 private:
  const std::shared_ptr<const IsolatedPlugin> isolated_;
  const LineEnd line_end_;
  const NamedColumns names_;
  const std::shared_ptr<FaultCount> faults_ = std::make_shared<FaultCount>();
  // Files of states are merged without configure(): there are no blocks.
  RunSetting setting_{.ending = nullptr, .blocks = nullptr, .max_block = 0, .runners = 1, .stage = 0};
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<StateRunner>> idle_;  // guarded by mutex_
};

}  // namespace plughost::isolation
