// Answers requests with the plugin, by the engine's own stages.
#pragma once

#include <memory>

#include "engine/lines/content.hpp"
#include "engine/output/export_stage.hpp"
#include "engine/stages/stage.hpp"
#include "runner/channel.hpp"
#include "runner/loaded_plugin.hpp"

namespace plughost::runner {

// Memory of the host, as that of a block, which nobody here writes to.
struct Lent : PagePool {
  uint8_t *take() override { return const_cast<uint8_t *>(bytes.data()); }
  void give_back(uint8_t *) override {}
  size_t region_size() const override { return bytes.size(); }

  std::span<const uint8_t> bytes;
};

class Server {
 public:
  // Makes the states that the stage needs. Throws Refused.
  Server(Channel &channel, const LoadedPlugin &plugin);
  // Until the host wants the runner to end.
  void serve();

 private:
  void answer(uint32_t slot, const ipc::Request &request);
  void run(const plug_ctx &ctx);
  void match(const ipc::Request &request, std::span<const uint8_t> line, ipc::Result *result);
  void apply(const ipc::Request &request, const plug_ctx &ctx, std::span<const uint8_t> payload);
  void find_spans(const plug_ctx &ctx);
  void unpack(const ipc::Request &request, std::span<const uint8_t> payload);
  void give(uint32_t slot, ipc::Result *result);

  Channel &channel_;
  const LoadedPlugin &plugin_;
  const StagePlugin used_;
  const LineEnd line_end_;
  std::unique_ptr<LineStage> stage_;
  std::unique_ptr<LineWorker> worker_;
  std::unique_ptr<ExportStage> export_stage_;
  std::unique_ptr<ExportWorker> exporter_;
  std::unique_ptr<WorkerState> matcher_;

  Lent lent_;
  Content content_;
  Selection in_;
  Selection out_;
  LineBatches batches_;
  MergedSpans spans_;
  StageCount count_;
  MemorySink made_;  // by run and the exporter; spans
};

}  // namespace plughost::runner
