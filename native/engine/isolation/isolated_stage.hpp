// A filter, transform or exporter of a run whose plugin works in processes of its own.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "engine/isolation/worker_process.hpp"
#include "engine/output/export_stage.hpp"
#include "engine/output/run_stage.hpp"
#include "engine/stages/run_setting.hpp"
#include "engine/stages/stage.hpp"

namespace plughost::isolation {

// Threads that share a runner: while it works for one the others read and write.
constexpr uint32_t kThreadsPerRunner = 2;
static_assert(kThreadsPerRunner <= ipc::kSlots);

// The processes of a stage: one for every kThreadsPerRunner threads.
class WorkerProcesses {
 public:
  WorkerProcesses(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config)
      : plugin_(std::move(plugin)), config_(config) {}

  void configure(const RunSetting &setting);
  // Those of the thread that asks next. `stage` is the same for all. [any]
  WorkerProcess &next(uint32_t stage) const;
  const IsolatedPlugin &plugin() const { return *plugin_; }

 private:
  const std::shared_ptr<const IsolatedPlugin> plugin_;
  StageConfig config_;
  unsigned threads_ = 1;
  mutable std::mutex mutex_;  // guards what follows
  mutable std::vector<std::unique_ptr<WorkerProcess>> processes_;
  mutable uint32_t given_ = 0;
};

class IsolatedStage : public LineStage {
 public:
  // `config` says whether it is a filter or a transform.
  IsolatedStage(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config);

  bool ordered() const override;
  bool transforms() const override { return role_ == ipc::Role::transform; }
  bool isolated() const override { return true; }
  void configure(const RunSetting &setting) override { processes_.configure(setting); }
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;
  bool reports_spans(LineKind kind) const override;

 private:
  WorkerProcesses processes_;
  const ipc::Role role_;
  const bool invert_;
};

class IsolatedExportStage : public ExportStage {
 public:
  IsolatedExportStage(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end);

  bool rowwise() const override;
  bool numbers() const override;
  bool names() const override;
  bool isolated() const override { return true; }
  void configure(const RunSetting &setting) override { processes_.configure(setting); }
  std::unique_ptr<ExportWorker> worker() const override;

 private:
  WorkerProcesses processes_;
};

// Returns the stage of a plugin that runs in processes of its own. `kind` is not `control`. [any]
RunStage make_isolated_stage(Role kind, std::shared_ptr<const IsolatedPlugin> plugin, const StageOptions &options);

}  // namespace plughost::isolation
