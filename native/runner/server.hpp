// Answers the host's requests, with the same stages that the engine uses in-process.
#pragma once

#include <memory>
#include <optional>

#include "engine/lines/line_batches.hpp"
#include "engine/lines/spans.hpp"
#include "engine/output/export_stage.hpp"
#include "engine/stages/stage.hpp"
#include "runner/channel.hpp"
#include "runner/loaded_plugin.hpp"
#include "runner/request_content.hpp"
#include "runner/row_server.hpp"

namespace plughost::runner {

// Calls the plugin for each request of the host and writes the answer. Lives on the main thread, from the end of init
// until the host stops the runner.
class Server {
 public:
  // Makes the stage of the runner's role, with the plugin's state. Both arguments must outlive it. Throws Refused.
  Server(Channel &channel, const LoadedPlugin &plugin);
  // Answers requests until the host sets Requests::stop.
  void serve();

 private:
  void answer(uint32_t slot, const ipc::Request &request);
  void run(const plug_ctx &ctx);
  void match(std::span<const uint8_t> line, ipc::Result *result);
  void find_spans(const plug_ctx &ctx);
  void put_names(std::span<const uint8_t> payload);
  void unpack(const ipc::Request &request, std::span<const uint8_t> payload);
  void write_answer(uint32_t slot, ipc::Result *result);

  Channel &channel_;
  const LoadedPlugin &plugin_;
  const StagePlugin stage_plugin_;
  const LineEnd line_end_;
  // One pair, by the role; none for Role::control.
  std::unique_ptr<LineStage> stage_;
  std::unique_ptr<LineWorker> worker_;
  std::unique_ptr<ExportStage> export_stage_;
  std::unique_ptr<ExportWorker> exporter_;
  std::optional<RowServer> rows_;
  std::unique_ptr<WorkerState> matcher_;  // for Operation::match, made at its first request

  RequestContent request_;
  LineBatches batches_;
  // The answer:
  Selection out_;
  MergedSpans spans_;
  StageCount count_;
  MemorySink bytes_;  // written by `run` and the exporter, or packed spans
};

}  // namespace plughost::runner
