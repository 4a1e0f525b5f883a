// Answers the host's requests about rows.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/isolation/rows/row_wire.hpp"
#include "engine/lines/line_batches.hpp"
#include "engine/parts/run_stage.hpp"
#include "runner/channel.hpp"
#include "runner/request_content.hpp"

namespace plughost::runner {

// Returns the columns that the plugin of a stage names. Throws StageFailure.
isolation::NamedColumns names_of(const RunStage &stage);

// Serves a parser, a row filter, or the rows of an exporter. The plugin's state is made at the first request, which
// says the columns; those of an exporter may change from table to table. All calls throw StageFailure, StageCancelled,
// std::bad_alloc.
class RowServer {
 public:
  // The channel, and the exporter, must outlive it.
  RowServer(const Channel &channel, std::unique_ptr<Parser> parser, LineEnd line_end);
  RowServer(const Channel &channel, std::unique_ptr<RowFilter> filter, LineEnd line_end);
  RowServer(const Channel &channel, std::unique_ptr<Aggregator> aggregator, LineEnd line_end);
  RowServer(const Channel &channel, ExportWorker &exporter, LineEnd line_end);

  // Writes the answer to `room` and returns its bytes.
  uint64_t parse(RequestContent &request, const plug_ctx &ctx, std::span<uint8_t> room);
  void keep(RequestContent &request, const plug_ctx &ctx, MemorySink *out);
  void begin_rows(RequestContent &request, const plug_ctx &ctx, MemorySink *out);
  void write_rows(RequestContent &request, const plug_ctx &ctx, MemorySink *out);
  // The requests of an aggregator, all after a `restart`.
  void restart(std::span<const uint8_t> payload);
  void update(RequestContent &request, const plug_ctx &ctx, MemorySink *out);
  void serialize(std::span<const uint8_t> payload, MemorySink *out);
  void merge(std::span<const uint8_t> payload);
  void finish(std::span<const uint8_t> payload, const plug_ctx &ctx, MemorySink *out);

 private:
  bool unpack(std::span<const uint8_t> extra);
  template <typename Make>
  void prepare(Make make) const;
  template <typename Take>
  void each_batch(RequestContent &request, std::span<const uint8_t> spans, Take take);

  const Channel &channel_;
  std::unique_ptr<Parser> parser_;
  std::unique_ptr<RowFilter> filter_;
  std::unique_ptr<Aggregator> aggregator_;
  ExportWorker *exporter_ = nullptr;
  LineBatches batches_;
  const LineEnd line_end_;

  std::string text_;  // of the columns
  std::unique_ptr<Schema> schema_;
  std::unique_ptr<ParserWorker> parser_worker_;
  std::unique_ptr<RowFilterWorker> filter_worker_;
  std::unique_ptr<Cells> cells_;  // of a parser
  std::vector<uint64_t> fits_, skipped_, lost_;
  MemorySink made_;
  // The rows of a request, in its payload. Only the host writes there.
  uint32_t rows_ = 0;
  std::vector<plug_column> columns_;
  plug_bytes given_{};
  std::span<const uint8_t> behind_;  // the rows
  // Of an aggregator:
  std::unique_ptr<Schema> read_, outputs_;
  std::vector<uint32_t> picked_;
  std::unique_ptr<AggregatorState> state_;
};

}  // namespace plughost::runner
