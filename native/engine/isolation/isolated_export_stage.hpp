// An exporter whose plugin works in runners.
#pragma once

#include <plughost/exporter.h>

#include <memory>

#include "engine/isolation/runner/runner_pool.hpp"
#include "engine/output/export_stage.hpp"

namespace plughost::isolation {

class IsolatedExportStage : public ExportStage {
 public:
  IsolatedExportStage(std::shared_ptr<const IsolatedPlugin> plugin, LineEnd line_end);

  bool rowwise() const override { return (flags_ & PLUG_EXPORTER_ROWWISE) != 0; }
  bool numbers() const override { return (flags_ & PLUG_EXPORTER_NUMBERS) != 0; }
  bool names() const override { return (flags_ & PLUG_EXPORTER_NAMES) != 0; }
  bool writes_rows() const override { return writes_rows_; }
  bool isolated() const override { return true; }
  void configure(const RunSetting &setting) override { pool_->configure(setting); }
  std::unique_ptr<ExportWorker> worker() const override;

 private:
  const std::unique_ptr<RunnerPool> pool_;
  const uint32_t flags_;
  const bool writes_rows_;
};

}  // namespace plughost::isolation
