// The exporter of a run.
#pragma once

#include <plughost/exporter.h>

#include <memory>

#include "engine/lines/line_batches.hpp"
#include "engine/plugin/sink.hpp"
#include "engine/stages/stage.hpp"

namespace plughost {

// The exporter in one worker, or for the whole run, with the state that belongs to it.
class ExportWorker {
 public:
  virtual ~ExportWorker() = default;
  // All three append to *out and throw StageFailure, StageCancelled, std::bad_alloc.
  virtual void begin(const plug_ctx &ctx, MemorySink *out) = 0;
  virtual void write(Content &content, const plug_ctx &ctx, const Selection &kept, MemorySink *out,
                     StageCount *count) = 0;
  virtual void end(const plug_ctx &ctx, MemorySink *out) = 0;
};

// The exporter as the user asked for it, shared by the workers.
class ExportStage {
 public:
  explicit ExportStage(StagePlugin used) : plugin(std::move(used)) {}
  virtual ~ExportStage() = default;
  ExportStage(const ExportStage &) = delete;
  ExportStage &operator=(const ExportStage &) = delete;

  // Whether rows are independent, so that each worker may write those of its blocks.
  virtual bool rowwise() const = 0;
  // Whether it writes the numbers of lines, or the name of their input, which the content then has.
  virtual bool numbers() const = 0;
  virtual bool names() const = 0;
  // Throws StageFailure when the plugin has no state to give.
  virtual std::unique_ptr<ExportWorker> worker() const = 0;
  // As in LineStage.
  virtual bool isolated() const { return false; }
  virtual void configure(const RunSetting &) {}

  const StagePlugin plugin;
};

// The exporter of a plugin in this process.
class DirectExportStage : public ExportStage {
 public:
  // `exporter`: a copy, which was checked.
  DirectExportStage(StagePlugin plugin, const plug_exporter &exporter, LineEnd line_end);

  bool rowwise() const override { return (calls.flags & PLUG_EXPORTER_ROWWISE) != 0; }
  bool numbers() const override { return (calls.flags & PLUG_EXPORTER_NUMBERS) != 0; }
  bool names() const override { return (calls.flags & PLUG_EXPORTER_NAMES) != 0; }
  std::unique_ptr<ExportWorker> worker() const override;

  const plug_exporter calls;
  const LineEnd line_end;
};

}  // namespace plughost
