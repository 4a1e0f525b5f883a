// The exporter of a run.
#pragma once

#include <plughost/exporter.h>

#include "line_batches.hpp"
#include "sink.hpp"
#include "stage.hpp"

namespace plughost {

// The exporter as the user asked for it, shared by the workers.
struct ExportStage {
  ExportStage(StagePlugin plugin, const plug_exporter *exporter, LineEnd line_end);

  bool rowwise() const { return (calls.flags & PLUG_EXPORTER_ROWWISE) != 0; }

  StagePlugin plugin;
  plug_exporter calls;
  LineEnd line_end;
};

// The exporter in one worker, or for the whole run, with the state that belongs to it.
class ExportWorker {
 public:
  // Throws StageFailure when the plugin has no state to give.
  explicit ExportWorker(const ExportStage &stage) : stage_(stage), state_(stage.plugin, stage.calls) {}

  // All three append to *out and throw StageFailure, StageCancelled, std::bad_alloc.
  void begin(const plug_ctx &ctx, MemorySink *out);
  void write(const Content &content, const plug_ctx &ctx, const Selection &kept, MemorySink *out, StageCount *count);
  void end(const plug_ctx &ctx, MemorySink *out);

 private:
  void write_batch(const Content &content, const plug_ctx &ctx, plug_lines batch, uint32_t text, MemorySink *out);

  const ExportStage &stage_;
  const WorkerState state_;
  LineBatches batches_;
};

}  // namespace plughost
