#include "export_stage.hpp"

#include "context.hpp"

namespace plughost {

ExportStage::ExportStage(StagePlugin used, const plug_exporter *exporter)
    : plugin(std::move(used)), calls(copy_of(exporter)) {}

ExportWorker::ExportWorker(const ExportStage &stage) : stage_(stage), spans_(kBatch) {
  if (!stage.calls.state_new) return;
  CallError error;
  state_ = stage.calls.state_new(stage.plugin.instance, error.address());
  if (!state_) error.raise(stage.plugin, "state_new", error.address()->code, nullptr);
}

ExportWorker::~ExportWorker() {
  if (state_ && !*stage_.plugin.broken) stage_.calls.state_free(stage_.plugin.instance, state_);
}

void ExportWorker::begin(const plug_ctx &ctx, MemorySink *out) {
  if (!stage_.calls.begin) return;
  CallError error;
  const int32_t status = stage_.calls.begin(stage_.plugin.instance, state_, &ctx, out->address(), error.address());
  if (status < 0) error.raise(stage_.plugin, "begin", status, nullptr);
}

void ExportWorker::end(const plug_ctx &ctx, MemorySink *out) {
  if (!stage_.calls.end) return;
  CallError error;
  const int32_t status = stage_.calls.end(stage_.plugin.instance, state_, &ctx, out->address(), error.address());
  if (status < 0) error.raise(stage_.plugin, "end", status, nullptr);
}

void ExportWorker::write(const Block &block, const plug_ctx &ctx, const Selection &kept, MemorySink *out,
                         StageCount *count) {
  throw_if_broken(stage_.plugin, "write");
  const uint64_t start = now_ns();
  // Neighbouring ranges share a batch, so that sparse lines do not cost a call each.
  uint32_t lines = 0;
  const auto flush = [&] {
    if (lines == 0) return;
    throw_if_cancelled(ctx);
    write_batch(ctx,
                {sizeof(plug_lines), lines, spans_.data(), {block.data(), block.size()}, block.offset, block.input, 0},
                block, out);
    count->lines_in += lines;
    lines = 0;
  };
  for (const Range &range : kept.ranges()) {
    size_t from = range.begin;
    while (from < range.end) {
      lines += split_lines(block.data(), &from, range.end, spans_.data() + lines, kBatch - lines);
      if (lines == kBatch) flush();
    }
  }
  flush();
  count->ns += now_ns() - start;
  count->bytes_in += kept.bytes();
}

void ExportWorker::write_batch(const plug_ctx &ctx, plug_lines batch, const Block &block, MemorySink *out) {
  while (batch.count > 0) {
    CallError error;
    uint32_t taken = batch.count;
    const int32_t status =
        stage_.calls.write(stage_.plugin.instance, state_, &ctx, &batch, &taken, out->address(), error.address());
    if (status == PLUG_ERROR_AGAIN) {
      if (taken == 0 || taken > batch.count)
        raise_contract(stage_.plugin, "write", "write returned AGAIN and took no line, or more than there were",
                       &block);
    } else if (status < 0) {
      error.raise(stage_.plugin, "write", status, &block);
    } else if (taken != batch.count) {
      raise_contract(stage_.plugin, "write", "write returned success and did not take every line", &block);
    }
    batch.spans += taken;
    batch.count -= taken;
  }
}

}  // namespace plughost
