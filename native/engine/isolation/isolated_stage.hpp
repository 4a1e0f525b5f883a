// A filter, a transform, or another kind of stage, whose plugin works in runners.
#pragma once

#include <memory>

#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/isolation/runner/stage_config.hpp"
#include "engine/stages/stage.hpp"

namespace plughost::isolation {

class IsolatedStage : public LineStage {
 public:
  // `config` has the role, and what the user set for the stage.
  IsolatedStage(std::shared_ptr<const IsolatedPlugin> plugin, StageConfig config);

  bool ordered() const override;
  bool transforms() const override { return role_ == ipc::Role::transform; }
  bool isolated() const override { return true; }
  void configure(const RunSetting &setting) override { pool_->configure(setting); }
  std::unique_ptr<LineWorker> worker(uint32_t number) const override;
  bool reports_spans(LineKind kind) const override;

 private:
  const std::unique_ptr<RunnerPool> pool_;
  const ipc::Role role_;
  const bool invert_;
};

}  // namespace plughost::isolation
